#include "app/clock_wait.hpp"

#include "flow/task_group.hpp"
#include "support/manual_clock.hpp"
#include "support/recording_log.hpp"
#include "support/run.hpp"

#include <doctest/doctest.h>

#include <boost/asio/io_context.hpp>

using namespace qdc;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace
{

constexpr utc_time boot{1704880028s};

struct waiting
{
    asio::io_context io;
    test::manual_clock time{io.get_executor(), boot};
    test::recording_log records;
    service_report report;
    std::optional<bool> reached;

    asio::awaitable<void> wait(utc_time start, std::optional<std::chrono::seconds> limit)
    {
        const bool came =
            co_await app::wait_for_clock(start, limit, "host_list", report, time, log_origin(records, "x"));
        reached = came;
    }

    asio::awaitable<void> seconds_pass(int count)
    {
        for (; count > 0; --count)
        {
            co_await test::turn();
            time.advance(1s);
        }
        co_await test::turn();
    }
};

asio::awaitable<void> the_clock_is_set(waiting& all)
{
    task_group group(all.io.get_executor());
    group.spawn("wait", all.wait(boot + 1h, std::nullopt));
    co_await all.seconds_pass(5);
    CHECK_FALSE(all.reached.has_value());
    CHECK(all.report.phase == service_phase::waiting);
    CHECK(all.report.failing);
    REQUIRE(all.report.last_errors.size() == 1);
    CHECK(all.report.last_errors.front().id == trouble_id::clock);
    CHECK(all.report.start_failure == trouble_id::clock);
    CHECK(all.records.count("waits until the clock is set") == 1);
    all.time.advance(1h);
    co_await group.join();
    CHECK_FALSE(all.report.failing);
    CHECK(all.reached == true);
    CHECK_FALSE(all.report.start_failure.has_value());
}

asio::awaitable<void> the_clock_stays_behind(waiting& all)
{
    task_group group(all.io.get_executor());
    group.spawn("wait", all.wait(boot + 1h, 3s));
    co_await all.seconds_pass(5);
    co_await group.join();
    CHECK(all.reached == false);
    CHECK(all.records.count("nothing is pulled") == 1);
}

asio::awaitable<void> nothing_to_wait_for(waiting& all)
{
    co_await all.wait(boot - 1s, 0s);
    CHECK(all.reached == true);
    CHECK(all.records.records.empty());
}

}  // namespace

TEST_CASE("clock wait: a service waits until the clock has reached its start, and says so once")
{
    waiting all;
    test::run(all.io, the_clock_is_set(all));
}

TEST_CASE("clock wait: with a limit it gives up, and says why nothing is pulled")
{
    waiting all;
    test::run(all.io, the_clock_stays_behind(all));
}

TEST_CASE("clock wait: a start that has passed is not waited for")
{
    waiting all;
    test::run(all.io, nothing_to_wait_for(all));
}
