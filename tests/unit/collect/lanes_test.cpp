// Several calls of one service under way at once, against a played Qualys that counts them.

#include "played_qualys.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

namespace asio = boost::asio;
using namespace qdc;
using namespace qdc::test;
using namespace std::chrono_literals;
using collect::cycle_end;

namespace
{

struct lanes : cycles
{
    explicit lanes(collect_scene& around, std::optional<int> wanted = {})
        : cycles(around),
          qualys{around.time},
          puller(scene.ex, parts(wanted), options(wanted))
    {
        begin(puller);
    }

    collect::puller_parts parts(std::optional<int> wanted)
    {
        collect::puller_parts made{
            detections(2),
            std::make_unique<played_source>(qualys),
            scene.sink,
            scene.store,
            scene.shared,
            scene.report,
            scene.time,
            scene.log,
            [] { return 0.0; },
            {}};
        while (made.more_sources.size() + 1 < collect::lanes_for(wanted))
            made.more_sources.push_back(std::make_unique<played_source>(qualys));
        return made;
    }

    collect::puller_options options(std::optional<int> wanted) const
    {
        collect::puller_options made{scene.key, secret("Basic x"), 60s, std::nullopt, "", {}};
        made.lanes = wanted;
        return made;
    }

    /// A cycle; how many seconds it took.
    asio::awaitable<int> cycle(int patience = 200)
    {
        const auto seconds = co_await run_cycle(puller, patience, 1s, 200);
        co_await turn(200);
        co_return seconds;
    }

    asio::awaitable<void> pass(int steps, std::chrono::seconds step = 1s)
    {
        for (int done = 0; done < steps; ++done)
        {
            co_await turn(100);
            scene.time.advance(step);
        }
        co_await turn(100);
    }

    std::size_t asked(const std::string& what) const
    {
        return static_cast<std::size_t>(std::ranges::count(qualys.calls, what));
    }

    /// How often each detection arrived.
    std::map<std::string, int> arrived() const
    {
        std::map<std::string, int> found;
        for (const auto& batch : scene.sink.batches)
            for (auto at = batch.frames.find("\"QID\":\""); at != std::string::npos;
                 at = batch.frames.find("\"QID\":\"", at + 1))
                ++found[batch.frames.substr(at + 7, 4)];
        return found;
    }

    void check_all_once() const
    {
        const auto found = arrived();
        CHECK(found.size() == static_cast<std::size_t>(qualys.hosts));
        for (const auto& each : found)
        {
            CAPTURE(each.first);
            CHECK(each.second == 1);
        }
    }

    played_qualys qualys;
    collect::puller puller;
};

asio::awaitable<void> as_many_as_are_ours(collect_scene& scene)
{
    lanes it(scene);
    const auto seconds = co_await it.cycle();
    CHECK(it.ended == cycle_end::complete);
    CHECK(it.qualys.most == 4);  // 5 * 0.8
    CHECK(it.qualys.refused == 0);
    CHECK(seconds <= 1 + 5 + 1);  // one page, then nineteen of them, four at a time
    CHECK(it.asked("ids") == 1);
    CHECK(scene.report.lanes == 4);
    it.check_all_once();
    co_await it.stop();
}

asio::awaitable<void> one_until_a_limit_is_known(collect_scene& scene)
{
    lanes it(scene);
    it.qualys.limit = 0;
    co_await it.cycle();
    CHECK(it.ended == cycle_end::complete);
    CHECK(it.qualys.most == 1);
    CHECK(it.asked("ids") == 0);
    it.check_all_once();
    co_await it.stop();
}

asio::awaitable<void> as_many_as_are_configured(collect_scene& scene)
{
    lanes it(scene, 3);
    it.qualys.limit = 10;
    co_await it.cycle();
    CHECK(it.qualys.most == 3);
    it.check_all_once();
    co_await it.stop();
}

asio::awaitable<void> configured_one_is_as_before(collect_scene& scene)
{
    lanes it(scene, 1);
    it.qualys.limit = 10;
    co_await it.cycle();
    CHECK(it.qualys.most == 1);
    CHECK(it.qualys.calls.size() == 20);
    it.check_all_once();
    co_await it.stop();
}

asio::awaitable<void> small_windows_cost_no_more(collect_scene& scene)
{
    lanes it(scene);
    it.qualys.hosts = 2;
    co_await it.cycle();
    CHECK(it.qualys.calls == std::vector<std::string>{""});
    it.check_all_once();
    co_await it.stop();
}

asio::awaitable<void> others_have_their_places(collect_scene& scene)
{
    lanes it(scene);
    it.qualys.limit = 10;
    it.qualys.foreign = 5;
    co_await it.cycle();
    CHECK(it.ended == cycle_end::complete);
    CHECK(it.qualys.most == 3);  // 10 * 0.8 - 5
    CHECK(it.qualys.refused == 0);
    it.check_all_once();
    co_await it.stop();
}

/// The calls of pages that went out behind the first `count` calls.
std::vector<int> pages_behind(const std::vector<std::string>& calls, std::size_t count)
{
    std::vector<int> pages;
    for (std::size_t place = count; place < calls.size(); ++place)
        if (calls[place] != "ids")
            pages.push_back(std::stoi(calls[place]));
    return pages;
}

asio::awaitable<void> a_call_that_waits_lends_its_place(collect_scene& scene)
{
    lanes it(scene);
    it.qualys.page_time = 3s;
    it.qualys.cut_once = {"3", "5", "7", "9"};
    it.group.spawn("cycle", it.one_cycle(it.puller));
    co_await it.pass(3);
    const auto before = it.qualys.calls.size();
    CHECK(it.qualys.running == 4);

    // All four are cut, and wait for a second: four others are under way.
    co_await it.pass(3);
    CHECK(it.qualys.cut_once.empty());
    CHECK(it.qualys.running == 4);
    CHECK(pages_behind(it.qualys.calls, before) == std::vector<int>{11, 13, 15, 17});

    // Then they come before all that have not begun.
    co_await it.pass(3);
    CHECK(it.qualys.running == 4);
    const auto again = pages_behind(it.qualys.calls, before + 4);
    CHECK(again.size() == 4);
    CHECK(std::ranges::all_of(again, [](int first) { return first < 11; }));

    co_await it.pass(60);
    CHECK(it.ended == cycle_end::complete);
    CHECK(it.qualys.most == 4);
    it.check_all_once();
    co_await it.stop();
}

asio::awaitable<void> one_alone_keeps_its_order(collect_scene& scene)
{
    lanes it(scene, 1);
    it.qualys.cut_once = {"5"};
    co_await it.cycle();
    CHECK(it.ended == cycle_end::complete);
    CHECK(std::ranges::is_sorted(pages_behind(it.qualys.calls, 1)));
    it.check_all_once();
    co_await it.stop();
}

asio::awaitable<void> a_refusal_takes_a_lane_away(collect_scene& scene)
{
    lanes it(scene);
    it.qualys.hosts = 4000;
    it.group.spawn("cycle", it.one_cycle(it.puller));
    co_await it.pass(5);
    CHECK(it.qualys.running == 4);

    // For a moment others hold three places: a call is refused, and its range waits.
    it.qualys.foreign = 3;
    co_await it.pass(1);
    CHECK(it.qualys.refused > 0);
    it.qualys.foreign = 0;
    co_await it.pass(6, 10s);
    it.qualys.most = 0;
    const auto refused = it.qualys.refused;
    co_await it.pass(40, 10s);
    CHECK(it.qualys.most <= 4 - 1);
    CHECK(it.qualys.most >= 1);
    CHECK(it.qualys.refused == refused);

    // Ten minutes after it the lane is back.
    co_await it.pass(20, 10s);
    it.qualys.most = 0;
    co_await it.pass(5);
    CHECK(it.qualys.most == 4);
    co_await it.stop();
}

asio::awaitable<void> the_end_of_a_cycle_ends_every_wait(collect_scene& scene)
{
    lanes it(scene);
    it.qualys.bad_range = "11";
    const auto seconds = co_await it.cycle();
    CHECK(it.ended == cycle_end::failed);
    CHECK(seconds < 10);
    CHECK(it.qualys.running == 0);
    const auto before = it.arrived();
    it.qualys.bad_range.clear();
    co_await it.cycle();
    CHECK(it.ended == cycle_end::complete);
    CHECK(before.size() < 40);
    it.check_all_once();
    co_await it.stop();
}

asio::awaitable<void> one_look_at_a_refused_login(collect_scene& scene)
{
    lanes it(scene);
    it.group.spawn("cycle", it.one_cycle(it.puller));
    for (int second = 0; second < 3; ++second)
    {
        co_await turn(200);
        if (it.qualys.running > 1)
            break;
        scene.time.advance(1s);
    }
    CHECK(it.qualys.running == 4);
    it.qualys.refuses_logins = true;
    for (int second = 0; second < 20 && !it.ended; ++second)
    {
        scene.time.advance(1s);
        co_await turn(200);
    }
    CHECK(it.ended == cycle_end::login);
    CHECK(it.asked("about") == 1);
    CHECK(it.scene.shared.refused_logins() == 1);
    co_await it.stop();
}

}  // namespace

TEST_CASE("lanes: as many calls run as are our share of the limit, and each host comes once")
{
    play(as_many_as_are_ours);
}

TEST_CASE("lanes: until a limit is known there is one")
{
    play(one_until_a_limit_is_known);
}

TEST_CASE("lanes: no more than are configured")
{
    play(as_many_as_are_configured);
}

TEST_CASE("lanes: with one, calls are those of ever")
{
    play(configured_one_is_as_before);
}

TEST_CASE("lanes: a window of one page costs one call")
{
    play(small_windows_cost_no_more);
}

TEST_CASE("lanes: calls of others that run are as many fewer of ours")
{
    play(others_have_their_places);
}

TEST_CASE("lanes: a call that waits for its next try lends its place, and comes before those that have not begun")
{
    play(a_call_that_waits_lends_its_place);
}

TEST_CASE("lanes: one alone keeps the order of its calls when an answer is cut")
{
    play(one_alone_keeps_its_order);
}

TEST_CASE("lanes: a refusal because too many run takes one away for ten minutes")
{
    play(a_refusal_takes_a_lane_away);
}

TEST_CASE("lanes: a failure that ends the cycle ends the waits of all, and what is left comes in the next one")
{
    play(the_end_of_a_cycle_ends_every_wait);
}

TEST_CASE("lanes: a refused login is looked into once, however many calls it strikes")
{
    play(one_look_at_a_refused_login);
}
