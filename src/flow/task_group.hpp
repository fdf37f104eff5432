#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include "flow/condition.hpp"

#include <exception>
#include <list>
#include <string>

namespace qdc
{

/// Owns a set of coroutines: none outlives the group, all stop together.
/// The first failure (other than being stopped) stops the siblings and comes out of join().
class task_group
{
public:
    explicit task_group(boost::asio::any_io_executor ex);
    ~task_group();  ///< the group must be empty: co_await join() first
    task_group(const task_group&) = delete;
    task_group& operator=(const task_group&) = delete;

    /// Starts a coroutine, which join() waits for.
    void spawn(std::string name, boost::asio::awaitable<void> task);
    void stop();                          ///< idempotent; returns at once
    boost::asio::awaitable<void> join();  ///< waits for all; rethrows the first failure

    std::size_t size() const noexcept { return members_.size(); }

private:
    struct member
    {
        std::string name;
        boost::asio::cancellation_signal signal;
    };

    void finished(std::list<member>::iterator entry, std::exception_ptr failure);

    boost::asio::any_io_executor ex_;
    std::list<member> members_;  // a list: signals must not move
    std::exception_ptr first_failure_;
    condition emptied_;
    bool stopping_{false};
};

}  // namespace qdc
