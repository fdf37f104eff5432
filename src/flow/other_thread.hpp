#pragma once

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace qdc
{

/// How a coroutine of the loop waits for a job on another thread: to its end, whatever happens to the caller. The empty
/// slot keeps a stop away from the job; the caller's own state still knows of the stop, so its next wait throws.
/// Without it, Asio 1.26 carries the stop to the other thread as a bare pointer to a signal that is gone once the job
/// is done: ThreadSanitizer finds the use after free.
inline auto to_the_end()
{
    return boost::asio::bind_cancellation_slot(boost::asio::cancellation_slot(), boost::asio::use_awaitable);
}

}  // namespace qdc
