#include "flow/task_group.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include <cassert>
#include <utility>

namespace qdc
{

namespace asio = boost::asio;

namespace
{

/// Whether a coroutine ended because it was stopped, which is no failure.
bool is_stop(const std::exception_ptr& failure)
{
    try
    {
        std::rethrow_exception(failure);
    }
    catch (const boost::system::system_error& e)
    {
        return e.code() == asio::error::operation_aborted;
    }
    catch (...)
    {
        return false;
    }
}

}  // namespace

task_group::task_group(asio::any_io_executor ex) : ex_(ex), emptied_(std::move(ex)) {}

task_group::~task_group()
{
    assert(members_.empty() && "join() the group before it goes");
}

void task_group::spawn(std::string name, asio::awaitable<void> task)
{
    // Each member has a stop signal of its own; the handler takes it out of the list when its coroutine has ended.
    members_.emplace_back().name = std::move(name);
    const auto entry = std::prev(members_.end());
    asio::co_spawn(
        ex_,
        std::move(task),
        asio::bind_cancellation_slot(
            entry->signal.slot(), [this, entry](std::exception_ptr failure) { finished(entry, std::move(failure)); }
        )
    );
    // A member that is added to a group that is being stopped is stopped as well.
    if (stopping_)
        entry->signal.emit(asio::cancellation_type::terminal);
}

void task_group::stop()
{
    stopping_ = true;
    for (auto& m : members_)
        m.signal.emit(asio::cancellation_type::terminal);
}

void task_group::finished(std::list<member>::iterator entry, std::exception_ptr failure)
{
    members_.erase(entry);
    // The first failure is kept for join(). What the siblings report while they are stopped follows from it.
    if (failure && !is_stop(failure) && !first_failure_)
    {
        first_failure_ = std::move(failure);
        stop();
    }
    if (members_.empty())
        emptied_.notify_all();
}

asio::awaitable<void> task_group::join()
{
    // Wait for all members. The wait throws when the caller of join() is stopped.
    bool asked_to_stop = false;
    while (!members_.empty() && !asked_to_stop)
    {
        try
        {
            co_await emptied_.wait();
        }
        catch (const boost::system::system_error&)
        {
            asked_to_stop = true;
        }
    }
    if (asked_to_stop)
    {
        // Pass the stop on, then wait under a fresh state: a stopped coroutine throws at its next await.
        stop();
        co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
        while (!members_.empty())
            co_await emptied_.wait();
        co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
    }
    // A stop wins over a failure: the reset above made the coroutine forget that it was stopped,
    // so only this exception still carries the news.
    if (asked_to_stop)
        throw boost::system::system_error(asio::error::operation_aborted);
    if (first_failure_)
        std::rethrow_exception(std::exchange(first_failure_, nullptr));
}

}  // namespace qdc
