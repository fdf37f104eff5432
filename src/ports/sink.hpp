#pragma once

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

namespace qdc
{

/// Position in the outgoing stream; grows by one with each accepted batch. 0 is before the first.
using ticket = std::uint64_t;

/// Finished frames, each ending in a line feed, and how many they are.
struct batch
{
    std::string frames;
    std::size_t events{0};
    std::uint64_t* resent{nullptr};  ///< grows by `events` each time they are sent once more; outlives the batch
};

/// Memory of a usual batch: the 96 KiB at which one is ready, and the event that filled it.
inline constexpr std::size_t batch_room = 104 * 1024;

/// Where frames go. Forward flows data; backward flow two things only: room, and confirmation.
class sink
{
public:
    virtual ~sink() = default;

    /// An empty text with room for a usual batch; the memory of a confirmed one, where there is any.
    virtual std::string room()
    {
        std::string fresh;
        fresh.reserve(batch_room);
        return fresh;
    }

    /// Takes a batch; waits while there is no room. Throws operation_aborted when the caller is stopped.
    virtual boost::asio::awaitable<ticket> push(batch frames) = 0;

    /// The last ticket that push() gave out.
    virtual ticket pushed() const = 0;

    /// Asks that everything pushed so far be confirmed soon, without waiting for it.
    virtual void want_confirmed() = 0;

    /// The last ticket up to which everything is known to be at the platform.
    virtual ticket confirmed() const = 0;

    /// Waits until confirmed() has moved beyond `seen`; returns the new value.
    virtual boost::asio::awaitable<ticket> confirmed_beyond(ticket seen) = 0;
};

}  // namespace qdc
