#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

namespace qdc
{

/// Condition variable for the coroutines of one io_context. Not thread-safe. Always wait in a loop that tests again.
class condition
{
public:
    explicit condition(boost::asio::any_io_executor ex);

    /// Resumes every coroutine that waits now; one that waits later needs the next call.
    void notify_all();

    /// Resumes after the next notify_all(). Throws operation_aborted when the caller is stopped.
    boost::asio::awaitable<void> wait();

private:
    boost::asio::steady_timer timer_;  // never expires; cancelling it is the notification
};

}  // namespace qdc
