#include "sandbox/change_replay.hpp"
#include "sandbox/expected.hpp"

#include <doctest/doctest.h>

using namespace qdc::sandbox;

namespace
{

options few_hosts()
{
    options settings;
    settings.epoch = "2026-11-22T10:00:00Z";
    settings.hosts = 6;
    settings.detections = 5;
    settings.services = {"host_list_detection"};
    settings.deliver = "all_and_changes";
    settings.filter = {"host_list_detection.status=New,Active,Re-Opened,Fixed"};
    return settings;
}

/// The detections of every version of every host.
std::vector<std::string> bodies(const world& in)
{
    std::vector<std::string> all;
    expect_events(in, "host_list_detection", false, [&all](const expected_event& one) { all.emplace_back(one.body); });
    return all;
}

/// Each of them as new; `lines` makes a line of its own for each event.
struct replaying
{
    explicit replaying(const world& in) : replay(in) {}

    void take(const std::string& body) { replay.take(body, std::to_string(++lines)); }

    change_replay replay;
    int lines = 0;
};

std::string fresh(const std::string& body)
{
    return body + R"(,"@change":"new")";
}

}  // namespace

TEST_CASE("sandbox changes: each finding as new is complete")
{
    const world in(few_hosts());
    replaying all(in);
    for (const auto& body : bodies(in))
        all.take(fresh(body));
    const auto found = all.replay.end();
    CHECK(found.expected > 10);
    CHECK(found.received == found.expected);
    CHECK(found.missing + found.altered + found.invented + found.duplicates == 0);
}

TEST_CASE("sandbox changes: one that does not come is missing, one that comes twice is a duplicate, also the same line")
{
    const world in(few_hosts());
    const auto events = bodies(in);
    replaying all(in);
    for (std::size_t each = 1; each < events.size(); ++each)
        all.take(fresh(events[each]));
    all.take(fresh(events[1]));
    all.replay.take(fresh(events[2]), "2");
    const auto found = all.replay.end();
    CHECK(found.missing == 1);
    CHECK(found.duplicates == 2);
    CHECK(found.duplicate_bytes == fresh(events[1]).size() + fresh(events[2]).size());
    CHECK(found.altered + found.invented == 0);
}

TEST_CASE("sandbox changes: what does not follow from the events before it, or is of no version, is altered")
{
    const world in(few_hosts());
    const auto events = bodies(in);
    for (const std::string& wrong :
         {events[0] + R"(,"@change":"changed","@was":{"STATUS":"New"})",
          events[0] + R"(,"@change":"new","@was":{})",
          events[0] + R"(,"MORE":"","@change":"new")"})
    {
        replaying all(in);
        all.take(wrong);
        CHECK(all.replay.end().altered == 1);
    }
    replaying all(in);
    all.take(events[0]);
    all.take(R"({"ID":"5","@change":"host_gone")");
    all.take(R"({"ID":"5","DETECTION":{"UNIQUE_VULN_ID":"1"},"@change":"gone","@was":{})");
    CHECK(all.replay.end().invented == 3);
}

TEST_CASE("sandbox changes: what a later version changed is missing until an event says so")
{
    world in(few_hosts());
    const auto before = bodies(in);
    in.past.apply(touch{.first = 0, .count = 6, .every = 1, .at = *parse_instant("2026-11-22T11:00:00Z")});
    replaying all(in);
    for (const auto& body : before)
        all.take(fresh(body));
    const auto found = all.replay.end();
    CHECK(found.missing > 0);
    CHECK(found.missing < before.size());  // a touch leaves most as they were
    CHECK(found.altered + found.invented + found.duplicates == 0);
}

TEST_CASE("sandbox changes: a host that was purged is in no answer, and may be gone")
{
    world in(few_hosts());
    const auto events = bodies(in);
    in.past.apply(hosts_purged{touch{.first = 0, .count = 6, .every = 1, .at = in.begin}});
    replaying all(in);
    for (const auto& body : events)
        all.take(fresh(body));
    const auto id = events[0].substr(0, events[0].find(','));
    all.take(id + R"(,"@change":"host_gone")");
    const auto found = all.replay.end();
    CHECK(found.expected == 0);
    CHECK(found.missing + found.altered + found.invented + found.duplicates == 0);
}
