#include "collect/subscription.hpp"
#include "services/host_list/endpoint.hpp"
#include "services/host_list_detection/endpoint.hpp"
#include "services/user_activity/endpoint.hpp"
#include "services/vm_scans/endpoints.hpp"
#include "support/manual_clock.hpp"

#include <boost/asio/io_context.hpp>

#include <doctest/doctest.h>

using namespace qdc;
using namespace std::chrono_literals;
using collect::login_pause_after;
namespace endpoints = services::endpoints;

namespace
{

struct scene
{
    boost::asio::io_context io{1};
    test::manual_clock time{io.get_executor(), utc_time(1704888000s)};
    collect::subscription shared{"qualys", 0.8, qualys::api_versions(), {}};

    bool free(const qualys::endpoint& which) { return !shared.ask(which, {}, time); }
};

qualys::limits standard(std::uint64_t remaining)
{
    qualys::limits said;
    said.calls = 300;
    said.window = 3600s;
    said.remaining = remaining;
    said.concurrent = 2;
    return said;
}

}  // namespace

TEST_CASE("subscription: until the first answer only one service tries the login")
{
    scene it;
    CHECK(it.free(endpoints::host_list));
    const auto hold = it.shared.ask(endpoints::user_activity, {}, it.time);
    REQUIRE(hold);
    CHECK(hold->reason == "login");
    it.shared.login_good(it.shared.login_doubts());
    CHECK(it.free(endpoints::user_activity));
}

TEST_CASE("subscription: the others do not wait for ever for a first answer that takes minutes")
{
    scene it;
    CHECK(it.free(endpoints::host_list));
    it.time.advance(10s);
    CHECK(it.free(endpoints::user_activity));
}

TEST_CASE("subscription: after a first call that said nothing of the login another one may try")
{
    scene it;
    CHECK(it.free(endpoints::host_list));
    it.shared.login_unknown();
    CHECK(it.free(endpoints::user_activity));
    CHECK_FALSE(it.free(endpoints::scan_list));
}

TEST_CASE("subscription: a refused light call lets all services of the input rest, longer each time")
{
    scene it;
    it.shared.login_refused(it.shared.login_doubts(), it.time);
    CHECK_FALSE(it.free(endpoints::host_list));
    it.time.advance(59s);
    CHECK_FALSE(it.free(endpoints::user_activity));
    it.time.advance(1s);
    CHECK_FALSE(it.shared.login_pause(it.time));
    CHECK(it.free(endpoints::user_activity));
    it.shared.login_refused(it.shared.login_doubts(), it.time);
    it.time.advance(119s);
    CHECK(it.shared.login_pause(it.time));
    it.time.advance(1s);
    CHECK_FALSE(it.shared.login_pause(it.time));
}

TEST_CASE("subscription: while a light call looks into a refused login no other call begins")
{
    scene it;
    it.shared.login_good(it.shared.login_doubts());
    {
        const collect::login_look look(it.shared, it.time);
        CHECK(it.shared.is_login_looked_into());
        CHECK_FALSE(it.free(endpoints::host_list));
        it.time.advance(59s);
        CHECK_FALSE(it.free(endpoints::host_list));
        it.time.advance(1s);  // an answer that takes longer does not hold up everybody
        CHECK(it.free(endpoints::host_list));
    }
    CHECK_FALSE(it.shared.is_login_looked_into());
    // It showed nothing: one call at a time, until one shows that the login is good.
    CHECK_FALSE(it.shared.login_is_good());
    CHECK_FALSE(it.free(endpoints::user_activity));
}

TEST_CASE("subscription: refusals of calls that were under way together are one, and an older answer ends no pause")
{
    scene it;
    const auto before = it.shared.login_doubts();
    it.shared.doubt_login(it.time);
    CHECK_FALSE(it.shared.login_refused(before, it.time));
    const auto light = it.shared.login_doubts();
    CHECK(it.shared.login_refused(light, it.time));
    CHECK_FALSE(it.shared.login_refused(light, it.time));
    CHECK(it.shared.refused_logins() == 1);
    CHECK(it.shared.login_pause(it.time) == it.time.now() + 60s);
    it.shared.login_good(before);
    it.shared.login_good(light);
    CHECK(it.shared.login_pause(it.time));
    it.shared.login_good(it.shared.login_doubts());
    CHECK_FALSE(it.shared.login_pause(it.time));
}

TEST_CASE("subscription: a refused login rests for a minute, longer each time, an hour at most")
{
    CHECK(login_pause_after(1) == 60s);
    CHECK(login_pause_after(2) == 120s);
    CHECK(login_pause_after(6) == 32min);
    CHECK(login_pause_after(7) == 1h);
    CHECK(login_pause_after(1000) == 1h);
}

TEST_CASE("subscription: a wait at one endpoint does not hold up the others")
{
    scene it;
    it.shared.login_good(it.shared.login_doubts());
    it.shared.block(endpoints::host_list, it.time.now() + 181s);
    const auto hold = it.shared.ask(endpoints::host_list, {}, it.time);
    REQUIRE(hold);
    CHECK(hold->until == it.time.now() + 181s);
    CHECK(hold->reason == "limit");
    CHECK(it.free(endpoints::host_list_detection));
}

TEST_CASE("subscription: what is waited for is said with figures")
{
    scene it;
    it.shared.login_good(it.shared.login_doubts());
    CHECK(it.free(endpoints::host_list));
    it.shared.answered(endpoints::host_list, standard(60), it.time);
    const auto hold = it.shared.ask(endpoints::host_list, {}, it.time);
    REQUIRE(hold);
    CHECK(hold->reason == "quota");
    CHECK(
        hold->text == "waits for the subscription's calls at host_list: 60 of 300 calls in 3600 s are left, which "
                      "quota_share 0.8 leaves to others"
    );
}

TEST_CASE("subscription: quota_share is named only where it is the reason")
{
    scene it;
    it.shared.login_good(it.shared.login_doubts());
    CHECK(it.free(endpoints::host_list));
    it.shared.answered(endpoints::host_list, standard(0), it.time);
    auto hold = it.shared.ask(endpoints::host_list, {}, it.time);
    REQUIRE(hold);
    CHECK(hold->text == "waits for the subscription's calls at host_list: 0 of 300 calls in 3600 s are left");

    CHECK(it.free(endpoints::scan_list));
    auto said = standard(299);
    said.concurrent = 5;
    it.shared.answered(endpoints::scan_list, said, it.time);
    for (int call = 0; call < 4; ++call)
        CHECK(it.free(endpoints::scan_list));
    hold = it.shared.ask(endpoints::scan_list, {}, it.time);
    REQUIRE(hold);
    CHECK(
        hold->text == "waits for a free place at scan_list: 4 of our calls run, quota_share 0.8 leaves us 4 of 5 places"
    );
}

TEST_CASE("subscription: the calls that run at once are known for each endpoint")
{
    scene it;
    it.shared.login_good(it.shared.login_doubts());
    CHECK_FALSE(it.shared.places(endpoints::host_list).limit);
    CHECK(it.free(endpoints::host_list));
    auto said = standard(299);
    said.concurrent = 5;
    said.running = 3;
    it.shared.answered(endpoints::host_list, said, it.time);
    CHECK(it.free(endpoints::host_list));
    const auto places = it.shared.places(endpoints::host_list);
    CHECK(places.limit == 5);
    CHECK(places.running == 3);
    CHECK(places.ours == 1);
    CHECK_FALSE(it.shared.places(endpoints::scan_list).limit);
    // An answer that says nothing of it changes nothing.
    qualys::limits rate_only;
    rate_only.remaining = 200;
    it.shared.answered(endpoints::host_list, rate_only, it.time);
    CHECK(it.shared.places(endpoints::host_list).limit == 5);
    CHECK(it.shared.places(endpoints::host_list).running == 3);
}

TEST_CASE("subscription: the report says what is left, and until when an endpoint is not asked")
{
    scene it;
    it.shared.login_good(it.shared.login_doubts());
    CHECK(it.free(endpoints::host_list));
    it.shared.answered(endpoints::host_list, standard(297), it.time);
    it.shared.block(endpoints::host_list, it.time.now() + 30s);
    const auto report = it.shared.report(it.time);
    REQUIRE(report.size() == 1);
    CHECK(report[0].endpoint == "host_list");
    CHECK(report[0].limit == 300);
    CHECK(report[0].remaining == 297);
    CHECK(report[0].window_seconds == 3600);
    CHECK(report[0].concurrency_limit == 2);
    CHECK(report[0].blocked_until == it.time.utc_now() + 30s);
    CHECK(report[0].reason == "limit");
}

TEST_CASE("subscription: own calls on all places are no refusal, those of others are")
{
    scene it;
    it.shared.login_good(it.shared.login_doubts());
    CHECK(it.free(endpoints::host_list));
    auto said = standard(299);
    said.running = 0;
    it.shared.answered(endpoints::host_list, said, it.time);
    while (it.free(endpoints::host_list))
        continue;
    CHECK(it.shared.report(it.time)[0].running == 2);
    CHECK_FALSE(it.shared.report(it.time)[0].blocked_until);
    CHECK(it.shared.report(it.time)[0].reason.empty());
    it.shared.crowded(endpoints::host_list, it.time);
    CHECK(it.shared.report(it.time)[0].reason == "concurrency");
}

TEST_CASE("subscription: lanes are our share of the limit, rounded; before it is known there is one")
{
    scene it;
    it.shared.login_good(it.shared.login_doubts());
    CHECK(it.shared.lanes(endpoints::host_list, std::nullopt, it.time) == 1);
    CHECK(it.shared.lanes(endpoints::host_list, 3, it.time) == 1);
    CHECK(it.free(endpoints::host_list));
    it.shared.answered(endpoints::host_list, {}, it.time);
    CHECK(it.shared.lanes(endpoints::host_list, std::nullopt, it.time) == 1);
    CHECK(it.shared.lanes(endpoints::host_list, 3, it.time) == 3);  // the answer told no limit

    using pair = std::pair<std::uint64_t, std::uint64_t>;
    for (const auto& row : {pair{1, 1}, pair{2, 2}, pair{3, 2}, pair{5, 4}, pair{10, 8}, pair{50, 8}, pair{0, 1}})
    {
        const auto limit = row.first;
        const auto lanes = row.second;
        CAPTURE(limit);
        auto said = standard(299);
        said.concurrent = limit;
        CHECK(it.free(endpoints::user_activity));
        it.shared.answered(endpoints::user_activity, said, it.time);
        CHECK(it.shared.lanes(endpoints::user_activity, std::nullopt, it.time) == lanes);
        CHECK(it.shared.lanes(endpoints::user_activity, 3, it.time) == std::min<std::uint64_t>(3, lanes));
    }
    CHECK(it.shared.lanes(endpoints::scan_list, std::nullopt, it.time) == 1);
}
