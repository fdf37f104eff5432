#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

namespace qdc
{

/// Condition variable for coroutines of one io_context. Not thread-safe.
/// Always wait in a loop that re-tests the condition.
class condition
{
public:
    explicit condition(boost::asio::any_io_executor ex);

    void notify_all();
    boost::asio::awaitable<void> wait();  ///< throws operation_aborted when the caller is stopped

private:
    boost::asio::steady_timer timer_;  // never expires; cancel() is the notification
};

}  // namespace qdc
