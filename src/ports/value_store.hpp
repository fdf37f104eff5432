#pragma once

#include "base/error.hpp"
#include "base/keyed_values.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace qdc
{

/// A table of values that outlives the program. It is never ahead of what Devo has confirmed: what was put waits in memory
/// until it is saved together with the checkpoint that confirms the events. After a crash it may be behind; then events
/// come twice, and none is missing.
///
///     put, put │ seal() = 1 │ put │ seal() = 2 │ …        the loop, page after page
///              └── events 1 are confirmed: save(1), then the checkpoint
class value_store : public keyed_values
{
public:
    /// Everything put so far belongs to the generation that is returned; what is put later to the next one.
    virtual std::uint64_t seal() = 0;

    /// Makes everything up to `generation` durable, and the notes as they are now. A save once begun is finished even when
    /// the caller is stopped. After an error (a full disk) all of it still waits, and may be saved again.
    virtual boost::asio::awaitable<error_code> save(std::uint64_t generation) = 0;

    /// A short text beside the values, "" when there is none: what the values were made with.
    virtual std::string note(std::string_view name) const = 0;

    /// Durable with the next save.
    virtual void set_note(std::string_view name, std::string text) = 0;

    /// Forgets all values and notes: durable with the next save.
    virtual void clear() = 0;

    /// Bytes of values that wait in memory to be saved.
    virtual std::size_t waiting_bytes() const = 0;
};

}  // namespace qdc
