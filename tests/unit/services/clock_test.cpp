#include "activity_answers.hpp"
#include "host_walk.hpp"
#include "scan_answers.hpp"
#include "services/activity_window.hpp"

using namespace qdc;
using namespace qdc::services;
using namespace std::chrono_literals;

namespace
{

const auto noon = qdc::test::noon;

std::string host_at(int id, const std::string& time)
{
    return "<HOST><ID>" + std::to_string(id) + "</ID><LAST_SCAN_DATETIME>2024-01-10T" + time +
           "Z</LAST_SCAN_DATETIME><DETECTION_LIST>" + qdc::test::detection(1) + "</DETECTION_LIST></HOST>";
}

/// A cycle with one page that Qualys dated `source`; the window that was asked for.
std::pair<std::string, std::string> cycle(
    qdc::test::host_walk& walk, utc_time ours, std::optional<utc_time> known, utc_time source, const std::string& hosts
)
{
    walk.service->begin_cycle(ours, known);
    auto form = walk.ask();
    REQUIRE_FALSE(form.empty());
    walk.current->dated(source);
    const auto page = qdc::test::detection_answer("<HOST_LIST>" + hosts + "</HOST_LIST>");
    REQUIRE_FALSE(walk.feed(walk.current->reader(), page));
    REQUIRE_FALSE(walk.step(walk.current->reader(), {}, true));
    REQUIRE_FALSE(walk.close());
    return {form["vm_processed_after"], form["vm_processed_before"]};
}

using window = std::pair<std::string, std::string>;

}  // namespace

TEST_CASE("clock: one that is ahead at the first call skips no host, and none comes twice")
{
    qdc::test::host_walk walk({}, true, noon + 10min);
    cycle(walk, noon + 10min, std::nullopt, noon, host_at(1, "11:58:30"));
    CHECK(walk.service->watermark() == noon - 60s);
    const auto asked =
        cycle(walk, noon + 11min, noon + 60s, noon + 60s, host_at(1, "11:58:30") + host_at(2, "11:59:50"));
    CHECK(asked == window{"2024-01-10T11:57:00Z", "2024-01-10T12:00:00Z"});
    CHECK(walk.count("\"ID\":\"1\"") == 1);
    CHECK(walk.count("\"ID\":\"2\"") == 1);
}

TEST_CASE("clock: what a wrong one began is right after a restart in the middle")
{
    service_options options;
    options.start_time = noon - 24h;
    qdc::test::host_walk walk(options, true, noon + 10min);
    static_cast<void>(walk.ask());
    walk.current->dated(noon);
    const auto page = qdc::test::detection_answer(
        "<HOST_LIST>" + host_at(1, "11:58:30") + "</HOST_LIST>" + qdc::test::more_from("2")
    );
    REQUIRE_FALSE(walk.feed(walk.current->reader(), page));
    REQUIRE_FALSE(walk.step(walk.current->reader(), {}, true));
    REQUIRE_FALSE(walk.close());

    qdc::test::host_walk again(options);
    REQUIRE(again.service->restore(walk.service->state()));
    CHECK(again.service->state() == walk.service->state());
    cycle(again, noon + 1h, noon + 1h, noon + 1h, "");
    CHECK(again.service->watermark() == noon - 60s);
}

TEST_CASE("clock: a step of hours back and forth repeats nothing and skips nothing")
{
    qdc::test::host_walk walk;
    cycle(walk, noon, std::nullopt, noon, host_at(1, "11:58:30"));
    for (const auto step : {-5h, 7h, -48h})
    {
        cycle(walk, noon + step, noon + 60s, noon + 60s, step < 0h ? "" : host_at(1, "11:58:30"));
        CHECK(*walk.service->watermark() >= noon - 60s);
        CHECK(*walk.service->watermark() <= noon);
    }
    const auto asked =
        cycle(walk, noon + 2min, noon + 2min, noon + 2min, host_at(1, "11:58:30") + host_at(2, "12:00:30"));
    CHECK(asked.first <= "2024-01-10T11:58:00Z");
    CHECK(asked.second == "2024-01-10T12:01:00Z");
    CHECK(walk.count("\"ID\":\"1\"") == 1);
    CHECK(walk.count("\"ID\":\"2\"") == 1);
}

TEST_CASE("clock: one that is behind delays data, and the mark never goes back")
{
    qdc::test::host_walk walk;
    cycle(walk, noon, noon, noon, "");
    const auto asked = cycle(walk, noon - 1h, noon + 60s, noon + 60s, "");
    CHECK(asked.first < asked.second);
    CHECK(walk.service->watermark() == noon - 60s);
}

TEST_CASE("clock: a start in the future is not undercut")
{
    service_options options;
    options.start_time = noon + 1h;
    qdc::test::host_walk walk(options);
    cycle(walk, noon, noon, noon, "");
    CHECK(*walk.service->watermark() >= noon + 1h);
}

TEST_CASE("clock: the activity log ends where Qualys' clock vouches for, and rows beyond are known")
{
    namespace log = services::test::activity;
    activity_window window({});
    window.open(log::noon + 10min);
    window.vouch(log::noon);
    window.vouch(log::noon + 10min);  // a later answer changes nothing
    window.begin_page();
    CHECK(window.admit(1, log::noon - 90s));
    CHECK(window.admit(2, log::noon - 10s));
    window.taken();
    activity_window restarted({});
    REQUIRE(restarted.restore(window.state()));
    REQUIRE_FALSE(window.end_page(std::nullopt));
    CHECK(window.mark() == log::noon - 60s);

    window.open(log::noon + 60s);
    CHECK(window.from() == log::noon - 180s);
    CHECK(window.until() == log::noon);
    window.begin_page();
    CHECK_FALSE(window.admit(1, log::noon - 90s));
    CHECK_FALSE(window.admit(2, log::noon - 10s));
    CHECK(window.admit(3, log::noon - 5s));

    restarted.begin_page();
    REQUIRE_FALSE(restarted.end_page(std::nullopt));
    CHECK(restarted.mark() == log::noon - 60s);
}

TEST_CASE("clock: after a step back of hours the activity log repeats nothing")
{
    namespace log = services::test::activity;
    activity_window window({});
    window.open(log::noon);
    window.vouch(log::noon);
    window.begin_page();
    CHECK(window.admit(1, log::noon - 90s));
    window.taken();
    REQUIRE_FALSE(window.end_page(std::nullopt));

    window.open(log::noon - 5h);
    window.vouch(log::noon + 60s);
    CHECK(window.from() == log::noon - 180s);
    window.begin_page();
    CHECK_FALSE(window.admit(1, log::noon - 90s));
    window.taken();
    REQUIRE_FALSE(window.end_page(std::nullopt));
    CHECK(window.mark() == log::noon - 60s);

    window.open(log::noon + 2min);
    window.begin_page();
    CHECK_FALSE(window.admit(1, log::noon - 90s));
}

TEST_CASE("clock: a list of scans saw no more than its own date")
{
    auto scans = services::test::scans::vm_scans();
    scans->begin_cycle(services::test::scans::noon + 1h);
    REQUIRE(scans.take_next() != nullptr);
    auto* const list = scans.current();
    list->dated(services::test::scans::noon);
    std::string_view body = "<SCAN_LIST_OUTPUT><RESPONSE><SCAN_LIST></SCAN_LIST></RESPONSE></SCAN_LIST_OUTPUT>";
    REQUIRE(list->reader().feed(body).has_value());
    REQUIRE(list->reader().finish().has_value());
    REQUIRE_FALSE(list->done());
    CHECK(scans->watermark() == services::test::scans::noon);
}

TEST_CASE("clock: what one saved that was never set can be read again")
{
    const auto never_set = utc_time() + 10s;
    qdc::test::host_walk walk({}, true, never_set);
    cycle(walk, never_set, std::nullopt, never_set, host_at(1, "11:58:30"));
    qdc::test::host_walk again;
    CHECK(again.service->restore(walk.service->state()));
    for (const auto make : {make_user_activity, make_vm_scans, make_host_list})
    {
        const auto one = make({}, {"h", "t", {}, {}});
        one->begin_cycle(never_set);
        CHECK(make({}, {"h", "t", {}, {}})->restore(one->state()));
        const auto mark = one->state_at(utc_time() - 1h, {"scan/1"});
        CHECK(make({}, {"h", "t", {}, {}})->restore(mark));
    }
}
