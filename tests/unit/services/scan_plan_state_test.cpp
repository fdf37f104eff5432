#include "by_hand.hpp"
#include "services/number_ranges.hpp"
#include "services/scan_plan.hpp"

#include <algorithm>
#include <chrono>
#include <set>

using namespace qdc;
using namespace qdc::services;
using namespace qdc::services::test;
using namespace std::chrono_literals;

namespace
{

const auto noon = at("2026-11-22T12:00:00Z");

std::string reference(std::size_t number)
{
    // Not in the order of their launches.
    return "scan/" + std::to_string(number * 7919 % 100003);
}

/// Finished ones, a minute apart.
std::vector<listed_scan> scans(std::size_t count)
{
    std::vector<listed_scan> list;
    for (std::size_t number = 0; number < count; ++number)
        list.push_back({reference(number), noon - 20 * 24h + number * 1min, "Finished", ""});
    return list;
}

/// What stands behind the base; the complete state, when it has none.
std::string_view behind_base(std::string_view state)
{
    const auto end = state.find("}},\"delivered\":");
    return end == state.npos ? state : state.substr(end + 3);
}

/// What a collector that starts with this state would fetch of the list.
std::set<std::string> due_after_restart(const std::string& state, const std::vector<listed_scan>& list)
{
    scan_plan plan({});
    REQUIRE(plan.restore(state));
    plan.begin(noon + 1min);
    plan.take_list(list);
    std::set<std::string> due;
    for (std::size_t fetch = 0; fetch < plan.total(); ++fetch)
        due.insert(plan.reference(fetch));
    return due;
}

/// Most bytes of a state behind its base, while all are fetched by three lanes, the oldest of them the slowest.
std::size_t most_bytes_behind_base(std::size_t count)
{
    scan_plan plan({});
    plan.begin(noon);
    plan.take_list(scans(count));
    REQUIRE(plan.total() == count);
    std::size_t most = 0;
    std::string base;
    const auto look = [&plan, &most, &base]
    {
        const auto state = plan.state();
        const auto behind = behind_base(state);
        most = std::max(most, behind.size());
        const auto front = state.substr(0, state.size() - behind.size());
        CHECK((base.empty() || front == base));
        base = front;
    };
    plan.begin_fetch(0);
    plan.set_handed_out(0, {7, 1});
    for (std::size_t fetch = 1; fetch < count; ++fetch)
    {
        plan.begin_fetch(fetch);
        plan.set_handed_out(fetch, {3, 1});
        look();
        plan.finish(fetch);
        look();
    }
    return most;
}

}  // namespace

TEST_CASE("number ranges: neighbours become one range, in any order")
{
    number_ranges set;
    CHECK(set.text() == "[]");
    for (const std::size_t number : {4u, 2u, 7u, 3u, 3u, 0u})
        set.add(number);
    CHECK(set.text() == "[[0,0],[2,4],[7,7]]");
    set.add(1);
    CHECK(set.text() == "[[0,4],[7,7]]");
}

TEST_CASE("scan plan: what a scan adds to the saved state does not depend on how many there are")
{
    const auto few = most_bytes_behind_base(300);
    const auto many = most_bytes_behind_base(4000);
    CHECK(few < 500);
    CHECK(many < few + 20);  // the places have a digit more
}

TEST_CASE("scan plan: a restart at any moment of a large list fetches what was not delivered, and that alone")
{
    const auto list = scans(200);
    scan_plan plan({});
    plan.begin(noon);
    plan.take_list(list);
    std::set<std::string> left;
    for (const auto& scan : list)
        left.insert(scan.reference);
    CHECK(due_after_restart(plan.state(), list) == left);

    // One of them is slow, one is left out, the others are done in an order of their own.
    std::vector<std::size_t> order;
    for (std::size_t fetch = 0; fetch < list.size(); ++fetch)
        order.push_back(fetch * 37 % list.size());
    for (const auto fetch : order)
    {
        plan.begin_fetch(fetch);
        if (fetch == 5)
            continue;
        if (fetch == 9)
        {
            REQUIRE(plan.leave_out(fetch, noon, "damaged"));
            continue;
        }
        left.erase(plan.reference(fetch));
        plan.finish(fetch);
        CHECK(due_after_restart(plan.state(), list) == left);
    }
    CHECK(left == std::set<std::string>{plan.reference(5), plan.reference(9)});
}

TEST_CASE("scan plan: rows of a scan that was handed out in part are known after a restart, in a large list too")
{
    const auto list = scans(200);
    scan_plan plan({});
    plan.begin(noon);
    plan.take_list(list);
    plan.begin_fetch(3);
    plan.set_handed_out(3, {7, 0xfedcba9876543210});
    plan.begin_fetch(4);
    plan.set_handed_out(4, {8, 1});
    plan.finish(4);
    plan.begin_fetch(5);
    plan.set_handed_out(5, {9, 2});
    plan.set_handed_out(5, {});

    scan_plan again({});
    REQUIRE(again.restore(plan.state()));
    again.begin(noon + 1min);
    again.take_list(list);
    REQUIRE(again.reference(3) == plan.reference(3));
    CHECK(again.handed_out(3) == handed_rows{7, 0xfedcba9876543210});
    CHECK(again.reference(4) == plan.reference(5));
    CHECK(again.handed_out(4) == handed_rows{});
}

TEST_CASE("scan plan: unfinished scans stay known while a large list is fetched")
{
    auto list = scans(100);
    list.push_back({"scan/running", noon - 25 * 24h, "Running", ""});
    scan_plan plan({});
    plan.begin(noon);
    plan.take_list(list);
    plan.begin_fetch(0);
    plan.finish(0);
    service_options narrow;
    narrow.launch_window = 24h;
    scan_plan again(narrow);
    REQUIRE(again.restore(plan.state()));
    again.begin(noon + 1min);
    CHECK(again.list_from() == noon - 25 * 24h);
}

TEST_CASE("scan plan: when all of a large list are done the state names each of them, without a base")
{
    const auto list = scans(100);
    scan_plan plan({});
    plan.begin(noon);
    plan.take_list(list);
    const auto under_way = plan.state();
    CHECK(under_way.starts_with(R"({"base":{"done":{},"waiting":{")"));
    for (std::size_t fetch = 0; fetch < list.size(); ++fetch)
        plan.finish(fetch);
    const auto state = plan.state();
    CHECK(state.find("base") == std::string::npos);
    CHECK(state.find("delivered") == std::string::npos);
    for (const auto& scan : list)
        CHECK(state.find('"' + scan.reference + "\":") > state.find(R"("done":{)"));
    CHECK(due_after_restart(state, list).empty());
    CHECK(due_after_restart(under_way, list).size() == list.size());
}

TEST_CASE("scan plan: a few new scans among many done ones are saved in parts too")
{
    auto list = scans(300);
    scan_plan plan({});
    plan.begin(noon);
    plan.take_list(list);
    for (std::size_t fetch = 0; fetch < 300; ++fetch)
        plan.finish(fetch);
    list.push_back({"scan/new1", noon, "Finished", ""});
    list.push_back({"scan/new2", noon, "Finished", ""});
    plan.begin(noon + 1min);
    plan.take_list(list);
    REQUIRE(plan.total() == 2);
    plan.begin_fetch(0);
    plan.finish(0);
    CHECK(behind_base(plan.state()).size() < 500);
    CHECK(due_after_restart(plan.state(), list) == std::set<std::string>{"scan/new2"});
}

TEST_CASE("scan plan: a base that cannot be read makes the state none of its own")
{
    const std::string dates = R"("start_time_utc":"","mark":"","complete":"","from":"",)";
    const std::string tail = dates + R"("done":{},"waiting":{}})";
    const std::string base = R"({"base":{"done":{},"waiting":{"scan/1":"2026-11-22T11:00:00Z"}},)";
    for (const std::string& text :
         {R"({"base":[],"delivered":[],)" + tail,
          R"({"base":{"done":{}},"delivered":[],)" + tail,
          R"({"base":{"done":{"scan/1":"x"},"waiting":{}},"delivered":[],)" + tail,
          base + tail,
          base + R"("delivered":{},)" + tail,
          base + R"("delivered":[0],)" + tail,
          base + R"("delivered":[[0]],)" + tail,
          base + R"("delivered":[[0,1]],)" + tail,
          base + R"("delivered":[[-1,0]],)" + tail,
          base + R"("delivered":[[1,0]],)" + tail,
          base + R"("delivered":[["0","0"]],)" + tail})
    {
        CAPTURE(text);
        CHECK_FALSE(scan_plan({}).restore(text));
    }
    scan_plan plan({});
    REQUIRE(plan.restore(base + R"("delivered":[[0,0]],)" + tail));
    CHECK(plan.state().find(R"("done":{"scan/1":"2026-11-22T11:00:00Z"},"waiting":{})") != std::string::npos);
}
