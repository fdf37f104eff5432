#include "host_walk.hpp"
#include "scan_answers.hpp"
#include "services/activity.hpp"
#include "services/failure_row.hpp"

using namespace qdc;
using namespace qdc::services;

namespace
{

/// Feeds a whole answer, and leaves its events where they gather.
void read(exchange& from, std::string_view body)
{
    auto& reader = from.reader();
    REQUIRE(reader.feed(body).has_value());
    REQUIRE(reader.finish().has_value());
}

}  // namespace

TEST_CASE("exchanges: no state counts a host that is not in the outbox")
{
    const auto hosts = make_host_list_detection({}, {"h", "t", {}, {}});
    hosts->begin_cycle(qdc::test::noon);
    const auto page = hosts->next();
    const auto before = hosts->state();
    read(
        *page,
        qdc::test::detection_answer(
            "<HOST_LIST>" + qdc::test::detection_host(4, qdc::test::detection(1)) +
            qdc::test::detection_host(5, qdc::test::detection(1)) + "</HOST_LIST>"
        )
    );
    CHECK(page->events().ready_events() == 2);
    CHECK(hosts->state() == before);
    CHECK(page->progress() == 0);
    static_cast<void>(page->events().take());
    page->taken();
    CHECK(hosts->state() != before);
    CHECK(hosts->state().find("\"next_host\":6") != std::string::npos);
    CHECK(page->progress() == 6);
}

TEST_CASE("exchanges: what was read and not taken is asked for again")
{
    const auto hosts = make_host_list_detection({}, {"h", "t", {}, {}});
    hosts->begin_cycle(qdc::test::noon);
    auto page = hosts->next();
    read(
        *page,
        qdc::test::detection_answer(
            "<HOST_LIST>" + qdc::test::detection_host(5, qdc::test::detection(1)) + "</HOST_LIST>"
        )
    );
    page.reset();
    page = hosts->next();
    REQUIRE(page);
    CHECK_FALSE(page->call().form.contains("id_min"));
    read(
        *page,
        qdc::test::detection_answer(
            "<HOST_LIST>" + qdc::test::detection_host(4, qdc::test::detection(1)) +
            qdc::test::detection_host(5, qdc::test::detection(1)) + "</HOST_LIST>"
        )
    );
    CHECK(page->events().ready_events() == 2);
}

TEST_CASE("exchanges: no state counts a row of the activity log that is not in the outbox")
{
    const auto activity = make_user_activity({}, {"h", "t", {}, {}});
    activity->begin_cycle(services::test::at("2026-11-22T12:00:00Z"));
    auto page = activity->next();
    const auto before = activity->state();
    const std::string_view rows = "\"Date\",\"Action\"\n\"2026-11-22T11:00:00Z\",\"login\"\n";
    read(*page, rows);
    CHECK(activity->state() == before);
    page.reset();  // a row that was never taken comes again
    page = activity->next();
    read(*page, rows);
    CHECK(page->events().ready_events() == 1);
    page->taken();
    CHECK(activity->state() != before);
}

TEST_CASE("exchanges: several scans are fetched beside each other, and each counts for itself")
{
    using namespace services::test;
    using namespace services::test::scans;
    auto by = vm_scans();
    by->begin_cycle(services::test::scans::noon);
    CHECK_FALSE(by->is_complete());
    {
        const auto list = by->next();
        REQUIRE(list);
        CHECK_FALSE(by->next());  // nothing is known before the list is there
        CHECK_FALSE(by->is_complete());
        read(*list, list_of({{"scan/1"}, {"scan/2"}, {"scan/3"}}));
        CHECK_FALSE(list->done());
    }
    auto one = by->next();
    auto two = by->next();
    REQUIRE(one);
    REQUIRE(two);
    CHECK(parameter(one->call(), "scan_ref") == "scan/1");
    CHECK(parameter(two->call(), "scan_ref") == "scan/2");

    // Both are read, the second one ends first.
    read(*one, results_of("scan/1", {finding(1)}));
    read(*two, results_of("scan/2", {finding(2), finding(3)}));
    CHECK(one->events().ready_events() == 1);
    CHECK(two->events().ready_events() == 2);
    static_cast<void>(two->events().take());
    two->taken();
    CHECK(by->state().find(R"("scan/1":"2026-11-22T08:00:00Z")") != std::string::npos);
    CHECK(by->state().find(R"("scan/2":{"launched":"2026-11-22T08:00:00Z","rows":2)") != std::string::npos);
    CHECK_FALSE(two->done());
    two.reset();
    CHECK(by->state().find(R"("done":{"scan/2")") != std::string::npos);
    CHECK(by->position() == "scan/1");

    // One that is given back is the next one again.
    one.reset();
    one = by->next();
    REQUIRE(one);
    CHECK(parameter(one->call(), "scan_ref") == "scan/1");
    const auto three = by->next();
    REQUIRE(three);
    CHECK(parameter(three->call(), "scan_ref") == "scan/3");
    CHECK_FALSE(by->next());
    CHECK_FALSE(by->is_complete());
}

TEST_CASE("exchanges: each keeps its own events, whatever is under way beside it")
{
    qdc::test::host_walk walk;
    REQUIRE(walk.next_call());
    CHECK_FALSE(walk.service->next());  // a window has one walk through it
    CHECK_FALSE(walk.service->is_complete());
    REQUIRE_FALSE(walk.read(qdc::test::detection_answer("")));
    CHECK(walk.service->is_complete());
}

TEST_CASE("failure row: five may fail, a sixth gives all of them back, and what comes whole begins a new row")
{
    failure_row<int> row;
    for (int id = 1; id <= 5; ++id)
        CHECK(row.add(id));
    CHECK_FALSE(row.add(6));
    CHECK(row.take_back() == std::vector{1, 2, 3, 4, 5});
    CHECK_FALSE(row.add(1));  // nobody is to blame in an outage
    CHECK(row.take_back().empty());
    row.reset();
    for (int id = 1; id <= 4; ++id)
        CHECK(row.add(id));
    row.reset();
    for (int id = 1; id <= 5; ++id)
        CHECK(row.add(id));
}
