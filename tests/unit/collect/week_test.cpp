#include "collect/decision.hpp"
#include "collect/subscription.hpp"
#include "services/host_list/endpoint.hpp"
#include "services/host_list_detection/endpoint.hpp"
#include "services/user_activity/endpoint.hpp"
#include "services/vm_scans/endpoints.hpp"
#include "support/manual_clock.hpp"

#include <boost/asio/io_context.hpp>

#include <doctest/doctest.h>

#include <array>
#include <deque>
#include <map>

using namespace qdc;
using namespace std::chrono_literals;
using qualys::endpoint;
using qualys::endpoint_ref;

namespace
{

using time_point = time_source::time_point;

/// The rate limit of a Standard subscription: 300 calls an hour for each endpoint, two at once, counted over a sliding
/// window for everybody together.
class standard_subscription
{
public:
    bool storm{false};  ///< every call of ours is refused: somebody else holds both places

    collect::page_outcome call(const endpoint& which, time_point at)
    {
        auto& made = calls_[which];
        while (!made.empty() && made.front() + window <= at)
            made.pop_front();
        collect::page_outcome page;
        page.limits.calls = limit;
        page.limits.window = window;
        page.limits.concurrent = 2;
        page.status = 200;
        if (storm)
            return refused(std::move(page), 1960);
        if (made.size() >= limit)
        {
            page.limits.wait = std::chrono::ceil<std::chrono::seconds>(made.front() + window - at);
            page.limits.remaining = 0;
            return refused(std::move(page), 1965);
        }
        made.push_back(at);
        page.limits.remaining = limit - made.size();
        return page;
    }

    /// A call of another tool.
    void outside_call(const endpoint& which, time_point at)
    {
        auto& made = calls_[which];
        if (made.size() < limit)
            made.push_back(at);
    }

private:
    static constexpr std::size_t limit = 300;
    static constexpr std::chrono::seconds window = 1h;

    static collect::page_outcome refused(collect::page_outcome page, int code)
    {
        page.status = 409;
        page.failure = errc::refused;
        page.refusal = {409, code, "x", page.limits.wait};
        return page;
    }

    std::map<endpoint_ref, std::deque<time_point>> calls_;
};

const std::array endpoints{
    endpoint_ref(services::endpoints::scan_list),
    endpoint_ref(services::endpoints::host_list),
    endpoint_ref(services::endpoints::host_list_detection),
    endpoint_ref(services::endpoints::user_activity)};

struct tenant
{
    std::map<endpoint_ref, time_point> next;  ///< when our next call is due
    std::map<endpoint_ref, int> good;
    std::map<endpoint_ref, std::uint32_t> in_a_row;  ///< refusals
    int refused{0};
};

/// What happens at this second: another tool calls, and each of our services whose turn it is.
void second(
    standard_subscription& api,
    collect::subscription& shared,
    test::manual_clock& time,
    tenant& ours,
    int outside_an_hour
)
{
    const auto now = time.now();
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
    for (const endpoint& which : endpoints)
    {
        if (seconds % (3600 / outside_an_hour) == 0)
            api.outside_call(which, now);
        auto& due = ours.next[which];
        if (due > now)
            continue;
        if (const auto hold = shared.ask(which, {}, time))
        {
            due = hold->until;
            continue;
        }
        const auto page = api.call(which, now);
        shared.answered(which, page.limits, time);
        shared.login_good(shared.login_doubts());
        due = now + 10s;  // a big pull: page after page, more than any quota allows
        if (!page.failure)
        {
            ++ours.good[which];
            ours.in_a_row[which] = 0;
            continue;
        }
        ++ours.refused;
        const auto made = collect::decide(page, ++ours.in_a_row[which], 0.5);
        shared.block(which, now + made.wait);
        due = now + made.wait;
    }
}

}  // namespace

TEST_CASE("week: a Standard subscription of which a script uses a third is never refused, and no service starves")
{
    boost::asio::io_context io(1);
    test::manual_clock time(io.get_executor());
    collect::subscription shared("qualys", 0.8, qualys::api_versions(), {});
    standard_subscription api;
    tenant ours;
    for (auto hour = 0; hour < 7 * 24; ++hour)
    {
        auto before = ours.good;
        for (int i = 0; i < 3600; ++i, time.advance(1s))
            second(api, shared, time, ours, 100);
        for (const endpoint& which : endpoints)
            REQUIRE(ours.good[which] - before[which] > 0);
    }
    CHECK(ours.refused == 0);
    for (const endpoint& which : endpoints)
        CHECK(ours.good[which] > 7 * 24 * 120);  // 140 an hour are left when a fifth stays free
}

TEST_CASE("week: after a storm of refusals everything goes on as before, and a tool that takes half is made room for")
{
    boost::asio::io_context io(1);
    test::manual_clock time(io.get_executor());
    collect::subscription shared("qualys", 0.8, qualys::api_versions(), {});
    standard_subscription api;
    tenant ours;
    const auto hours = [&api, &shared, &time, &ours](int count, int outside)
    {
        for (int i = 0; i < count * 3600; ++i, time.advance(1s))
            second(api, shared, time, ours, outside);
    };
    hours(2, 1);
    CHECK(ours.refused == 0);

    api.storm = true;
    hours(1, 1);
    const auto refused = ours.refused;
    CHECK(refused > 100);
    CHECK(refused < 4 * 130);  // soon each waits for a minute, nobody hammers

    api.storm = false;
    const auto before = ours.good;
    hours(2, 1);
    CHECK(ours.refused <= refused);
    for (const endpoint& which : endpoints)
        CHECK(ours.good[which] - before.at(which) > 2 * 200);

    hours(24, 150);
    const auto settled = ours.refused;
    const auto then = ours.good;
    hours(24, 150);
    CHECK(ours.refused == settled);
    for (const endpoint& which : endpoints)
        CHECK(ours.good[which] - then.at(which) > 24 * 60);
}
