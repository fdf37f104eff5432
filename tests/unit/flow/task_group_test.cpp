#include "flow/task_group.hpp"
#include "support/manual_clock.hpp"
#include "support/run.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <doctest/doctest.h>

#include <stdexcept>

namespace asio = boost::asio;
using namespace qdc;
using namespace std::chrono_literals;

namespace
{

asio::awaitable<void> nap(time_source& time, int& woke)
{
    co_await time.sleep_for(1h);
    ++woke;
}

asio::awaitable<void> fall()
{
    co_await test::turn(1);
    throw std::runtime_error("boom");
}

asio::awaitable<void> wait_for(condition& moved, int& rounds)
{
    for (;;)
    {
        co_await moved.wait();
        ++rounds;
    }
}

asio::awaitable<void> nested(time_source& time, int& woke)
{
    const auto ex = co_await asio::this_coro::executor;
    task_group inner(ex);
    inner.spawn("nap", nap(time, woke));
    co_await inner.join();
    ++woke;
}

/// What comes out of a join: "" for a good end.
asio::awaitable<void> joined(task_group& group, std::string& outcome)
{
    try
    {
        co_await group.join();
    }
    catch (const boost::system::system_error& e)
    {
        outcome = e.code() == asio::error::operation_aborted ? "stopped" : e.what();
    }
    catch (const std::exception& e)
    {
        outcome = e.what();
    }
}

asio::awaitable<void> an_hour_passes(asio::any_io_executor ex)
{
    test::manual_clock time(ex);
    task_group group(ex);
    int woke = 0;
    group.spawn("nap", nap(time, woke));
    co_await test::turn();
    time.advance(59min);
    co_await test::turn();
    CHECK(woke == 0);
    time.advance(1min);
    co_await group.join();
    CHECK(woke == 1);
}

asio::awaitable<void> stop_wakes(asio::any_io_executor ex)
{
    test::manual_clock time(ex);
    task_group group(ex);
    int woke = 0;
    group.spawn("nap", nap(time, woke));
    group.spawn("outer", nested(time, woke));
    co_await test::turn();
    CHECK(time.sleepers() == 2);
    group.stop();
    group.stop();
    std::string outcome;
    co_await joined(group, outcome);
    CHECK(outcome.empty());
    CHECK(woke == 0);
    CHECK(time.sleepers() == 0);
    CHECK(group.size() == 0);
}

asio::awaitable<void> failure_stops_siblings(asio::any_io_executor ex)
{
    test::manual_clock time(ex);
    task_group group(ex);
    int woke = 0;
    group.spawn("nap", nap(time, woke));
    group.spawn("bad", fall());
    group.spawn("worse", fall());
    std::string outcome;
    co_await joined(group, outcome);
    CHECK(outcome == "boom");
    CHECK(woke == 0);
}

asio::awaitable<void> late_member(asio::any_io_executor ex)
{
    test::manual_clock time(ex);
    task_group group(ex);
    int woke = 0;
    group.stop();
    group.spawn("late", nap(time, woke));
    co_await group.join();
    CHECK(woke == 0);
}

asio::awaitable<void> hold_group(asio::any_io_executor ex, time_source& time, std::string& outcome, bool with_failure)
{
    task_group group(ex);
    int woke = 0;
    group.spawn("nap", nap(time, woke));
    if (with_failure)
        group.spawn("nap and fall", nested(time, woke));
    co_await joined(group, outcome);
    if (outcome == "stopped")
        throw boost::system::system_error(asio::error::operation_aborted);
}

asio::awaitable<void> stop_wins(asio::any_io_executor ex)
{
    test::manual_clock time(ex);
    task_group outer(ex);
    std::string outcome;
    outer.spawn("holder", hold_group(ex, time, outcome, true));
    co_await test::turn();
    outer.stop();
    co_await outer.join();
    CHECK(outcome == "stopped");
    CHECK(time.sleepers() == 0);
}

asio::awaitable<void> notifications(asio::any_io_executor ex)
{
    condition moved(ex);
    task_group group(ex);
    int first = 0, second = 0;
    group.spawn("first", wait_for(moved, first));
    group.spawn("second", wait_for(moved, second));
    co_await test::turn();
    CHECK(first == 0);
    moved.notify_all();
    co_await test::turn();
    CHECK(first == 1);
    CHECK(second == 1);
    group.stop();
    co_await group.join();
    CHECK(first == 1);
}

}  // namespace

TEST_CASE("task group: join waits for all, and time is a matter of the clock")
{
    asio::io_context io(1);
    test::run(io, an_hour_passes(io.get_executor()));
}

TEST_CASE("task group: a stop reaches everybody, also in nested groups, and is no failure of the group")
{
    asio::io_context io(1);
    test::run(io, stop_wakes(io.get_executor()));
}

TEST_CASE("task group: the first failure stops the siblings and comes out of join")
{
    asio::io_context io(1);
    test::run(io, failure_stops_siblings(io.get_executor()));
}

TEST_CASE("task group: who joins a stopped group is stopped at once")
{
    asio::io_context io(1);
    test::run(io, late_member(io.get_executor()));
}

TEST_CASE("task group: when the joining coroutine is stopped, its members are, and join throws the stop")
{
    asio::io_context io(1);
    test::run(io, stop_wins(io.get_executor()));
}

TEST_CASE("condition: a notification wakes everybody who waits, once; a stop is an exception")
{
    asio::io_context io(1);
    test::run(io, notifications(io.get_executor()));
}
