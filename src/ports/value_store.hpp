#pragma once

#include "base/error.hpp"
#include "base/keyed_values.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>

namespace qdc
{

/// A table of values that outlives the program. It holds exactly what Devo has confirmed: what was put waits in memory
/// until it is saved together with the checkpoint that confirms the events.
///
///     put, put │ seal() = 1 │ put │ seal() = 2 │ …        the loop, batch after batch; the state of each batch names
///              └── events 1 are confirmed:                its generation
///                  save(1), then the state file
///
/// How the table and the state file stay together. Each state names the generation that it was noted with
/// (keyed_values::generation()), and the table keeps the number of the newest one that is durable.
///
/// | found at a start                | came about by                          | follows                                |
/// |---------------------------------|----------------------------------------|----------------------------------------|
/// | the same number                 | an orderly end                         | go on                                  |
/// | the table has a higher one      | a crash between the two saves          | go on: its events are confirmed as well; |
/// |                                 |                                        | what is asked again is known already   |
/// | the table has a lower one, or   | a table that was deleted or set aside; | the service begins its table again     |
/// | the state names none            | a state that was set by hand, imported |                                        |
class value_store : public keyed_values
{
public:
    /// Everything put so far belongs to the generation that is returned, which is generation(); what is put later to the
    /// next one.
    virtual std::uint64_t seal() = 0;

    /// Makes everything up to `generation` durable, and the notes as they are now. A save once begun is finished even when
    /// the caller is stopped. After an error (a full disk) all of it still waits, and may be saved again.
    virtual boost::asio::awaitable<error_code> save(std::uint64_t generation) = 0;

    /// Back to what is durable: whatever was put, noted or cleared since is forgotten. Not while a save is under way.
    virtual void rewind() = 0;

    /// Bytes of values that wait in memory to be saved.
    virtual std::size_t waiting_bytes() const = 0;
};

}  // namespace qdc
