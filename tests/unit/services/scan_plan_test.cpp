#include "by_hand.hpp"
#include "services/scan_plan.hpp"

#include <chrono>

using namespace qdc;
using namespace qdc::services;
using namespace qdc::services::test;
using namespace std::chrono_literals;

namespace
{

constexpr auto day = 24h;
const auto noon = at("2026-11-22T12:00:00Z");

/// A look at a list of which everything is fetched; returns what was due.
strings look(scan_plan& plan, utc_time now, const std::vector<listed_scan>& scans)
{
    plan.begin(now);
    plan.take_list(scans);
    strings due;
    for (auto fetch = plan.next(); fetch; fetch = plan.next())
    {
        due.push_back(plan.reference(*fetch));
        plan.finish(*fetch);
    }
    return due;
}

}  // namespace

TEST_CASE("scan plan: the first list begins at the configured start")
{
    service_options options;
    options.start_time = at("2026-01-01T00:00:00Z");
    scan_plan plan(options);
    plan.begin(noon);
    CHECK(plan.list_from() == *options.start_time);
    plan.begin(noon + 1h);
    CHECK(plan.list_from() == *options.start_time);
}

TEST_CASE("scan plan: after a complete list the launch window slides")
{
    service_options options;
    options.start_time = at("2026-01-01T00:00:00Z");
    options.launch_window = 10 * day;
    scan_plan plan(options);
    look(plan, noon, {});
    plan.begin(noon + 1min);
    CHECK(plan.list_from() == noon + 1min - 10 * day);
}

TEST_CASE("scan plan: after a long absence the window begins where the list was last looked at")
{
    service_options options;
    options.launch_window = 10 * day;
    scan_plan plan(options);
    look(plan, noon, {});
    plan.begin(noon + 40 * day);
    CHECK(plan.list_from() == noon - 120s);
}

TEST_CASE("scan plan: a done scan is forgotten when its launch has left the window, and does not come again")
{
    service_options options;
    options.launch_window = 10 * day;
    scan_plan plan(options);
    const listed_scan scan{"scan/1", noon - 9 * day, "Finished", ""};
    CHECK(look(plan, noon, {scan}) == strings{"scan/1"});
    CHECK(plan.state().find("scan/1") != std::string::npos);
    CHECK(look(plan, noon + 2 * day, {scan}).empty());
    CHECK(plan.state().find("scan/1") == std::string::npos);
}

TEST_CASE("scan plan: a running scan is followed beyond the window, without the others of its time")
{
    service_options options;
    options.launch_window = 10 * day;
    scan_plan plan(options);
    const auto launched = noon - 9 * day;
    CHECK(look(plan, noon, {{"scan/1", launched, "Running", ""}, {"scan/2", launched, "Finished", ""}}).size() == 1);

    auto restarted = scan_plan(options);
    REQUIRE(restarted.restore(plan.state()));
    restarted.begin(noon + 20 * day);
    CHECK(restarted.list_from() == launched);
    restarted.take_list({{"scan/1", launched, "Finished", ""}, {"scan/2", launched, "Finished", ""}});
    REQUIRE(restarted.next());
    CHECK(restarted.reference(*restarted.next()) == "scan/1");
    restarted.finish(*restarted.next());
    CHECK_FALSE(restarted.next());
    restarted.begin(noon + 21 * day);
    CHECK(restarted.list_from() > launched);
    CHECK(restarted.state().find("scan/") == std::string::npos);
}

TEST_CASE("scan plan: an unfinished scan that is not listed any more is forgotten")
{
    scan_plan plan({});
    look(plan, noon, {{"scan/1", noon, "Running", ""}});
    CHECK(plan.state().find("scan/1") != std::string::npos);
    look(plan, noon + 1min, {});
    CHECK(plan.state().find("scan/1") == std::string::npos);
}

TEST_CASE("scan plan: a larger launch window does not bring back what is done and forgotten")
{
    service_options options;
    options.launch_window = 10 * day;
    scan_plan plan(options);
    const listed_scan scan{"scan/1", noon - 9 * day, "Finished", ""};
    look(plan, noon, {scan});
    look(plan, noon + 5 * day, {});

    options.launch_window = 30 * day;
    auto wider = scan_plan(options);
    REQUIRE(wider.restore(plan.state()));
    CHECK(look(wider, noon + 5 * day, {scan}).empty());
}

TEST_CASE("scan plan: what was launched outside of the asked window is left out, edges are in")
{
    service_options options;
    options.start_time = noon - 2h;
    options.until = noon - 1h;
    scan_plan plan(options);
    const auto due = look(
        plan,
        noon,
        {{"scan/1", noon - 2h - 1s, "Finished", ""},
         {"scan/2", noon - 2h, "Finished", ""},
         {"scan/3", noon - 1h, "Finished", ""},
         {"scan/4", noon - 1h + 1s, "Finished", ""}}
    );
    CHECK(due == strings{"scan/2", "scan/3"});
    CHECK(plan.list_until() == noon - 1h);
}

TEST_CASE("scan plan: a scan without a date that can be read is fetched, and once")
{
    scan_plan plan({});
    const listed_scan scan{"scan/1", std::nullopt, "Finished", ""};
    CHECK(look(plan, noon, {scan, scan}) == strings{"scan/1"});
    CHECK(look(plan, noon + 1min, {scan}).empty());
}

TEST_CASE("scan plan: a clock that was set back brings nothing again")
{
    scan_plan plan({});
    const listed_scan scan{"scan/1", noon - 1h, "Finished", ""};
    look(plan, noon, {scan});
    const auto before = plan.list_from();
    CHECK(look(plan, noon - 2 * day, {scan}).empty());
    CHECK(plan.list_from() == before);
    CHECK(plan.complete() == noon);
}

TEST_CASE("scan plan: a state is the same after it was restored")
{
    scan_plan plan({});
    plan.begin(noon);
    plan.take_list(
        {{"scan/1", noon - 1h, "Finished", ""}, {"scan/2", noon, "Running", ""}, {"scan/3", noon, "Finished", ""}}
    );
    plan.finish(0);
    plan.set_handed_out(1, {7, 0xfedcba9876543210});
    scan_plan restored({});
    REQUIRE(restored.restore(plan.state()));
    CHECK(restored.state() == plan.state());
}

TEST_CASE("scan plan: a changed start_time_utc resets")
{
    scan_plan plan({});
    look(plan, noon, {{"scan/1", noon, "Finished", ""}});
    service_options options;
    options.start_time = noon - 1h;
    scan_plan changed(options);
    CHECK(changed.restore(plan.state()));
    CHECK_FALSE(changed.complete());
    CHECK(look(changed, noon, {{"scan/1", noon, "Finished", ""}}) == strings{"scan/1"});
}

TEST_CASE("scan plan: what is no state of its own is refused, and changes nothing")
{
    scan_plan plan({});
    look(plan, noon, {{"scan/1", noon, "Finished", ""}});
    const auto before = plan.state();
    const std::string head = R"({"start_time_utc":"","mark":"","complete":"","from":"",)";
    for (const std::string& text :
         {std::string("no JSON"),
          std::string("[]"),
          std::string("{}"),
          head + R"("done":[],"waiting":{}})",
          head + R"("done":{"scan/9":"yesterday"},"waiting":{}})",
          head + R"("done":{},"waiting":{"scan/9":1}})",
          head + R"("done":{},"waiting":{"scan/9":{"launched":"","rows":1,"print":"0000000000000000"}}})",
          head +
              R"("done":{},"waiting":{"scan/9":{"launched":"2026-11-22T12:00:00Z","rows":-1,"print":"0000000000000000"}}})",
          head + R"("done":{},"waiting":{"scan/9":{"launched":"2026-11-22T12:00:00Z","rows":1,"print":"0"}}})"})
    {
        CAPTURE(text);
        CHECK_FALSE(plan.restore(text));
        CHECK(plan.state() == before);
    }
    CHECK(plan.restore(head + R"("done":{},"waiting":{}})"));
}
