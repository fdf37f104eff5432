#include "collect/subscription.hpp"
#include "flow/task_group.hpp"
#include "services/host_list/endpoint.hpp"
#include "support/manual_clock.hpp"
#include "support/run.hpp"

#include <boost/asio/io_context.hpp>

#include <doctest/doctest.h>

namespace asio = boost::asio;
using namespace qdc;
using namespace std::chrono_literals;

namespace
{

asio::awaitable<void>
call_often(collect::subscription& shared, collect::call_limits limits, time_source& time, int& made)
{
    for (;;)
    {
        auto hold = shared.ask(services::endpoints::host_list, limits, time);
        if (hold)
        {
            co_await time.sleep_until(hold->until);
            continue;
        }
        shared.login_good(shared.login_doubts());
        shared.answered(services::endpoints::host_list, {}, time);
        ++made;
    }
}

asio::awaitable<void> settle()
{
    for (int i = 0; i < 20; ++i)
        co_await test::turn();
}

asio::awaitable<void> three_an_hour(asio::any_io_executor ex)
{
    test::manual_clock time(ex);
    const auto limit = std::make_shared<collect::sliding_limit>(1h, 3);
    collect::subscription shared("qualys", 1.0, qualys::api_versions(), {});
    task_group group(ex);
    int one = 0, other = 0;
    group.spawn("one", call_often(shared, {limit}, time, one));
    group.spawn("other", call_often(shared, {limit}, time, other));
    co_await settle();
    CHECK(one + other == 3);
    time.advance(59min);
    co_await settle();
    CHECK(one + other == 3);
    time.advance(1min);
    co_await settle();
    CHECK(one + other == 6);
    group.stop();
    co_await group.join();
}

}  // namespace

TEST_CASE("call_limits: services that share a limit share its calls, over a sliding window")
{
    asio::io_context io(1);
    test::run(io, three_an_hour(io.get_executor()));
}

TEST_CASE("call_limits: the window slides with each call, not with the clock's hours")
{
    collect::sliding_limit limit(10s, 2);
    const time_source::time_point start{};
    limit.note(start);
    limit.note(start + 6s);
    CHECK(limit.free_at(start + 7s) == start + 10s);
    limit.note(start + 10s);
    CHECK(limit.free_at(start + 10s) == start + 16s);
}
