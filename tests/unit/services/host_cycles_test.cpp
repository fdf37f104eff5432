#include "base/fingerprint.hpp"
#include "host_walk.hpp"
#include "services/state_members.hpp"

#include <doctest/doctest.h>

using namespace qdc;
using namespace qdc::test;
using namespace std::chrono_literals;

namespace
{

const std::string empty_page = detection_answer("");

/// A host that Qualys processed at `time` of that day.
std::string host_at(int id, const std::string& time, int qid = 1)
{
    return "<HOST><ID>" + std::to_string(id) + "</ID><LAST_SCAN_DATETIME>2024-01-10T" + time +
           "Z</LAST_SCAN_DATETIME><DETECTION_LIST>" + detection(qid) + "</DETECTION_LIST></HOST>";
}

std::string page(const std::string& hosts)
{
    return detection_answer("<HOST_LIST>" + hosts + "</HOST_LIST>");
}

services::service_options since(const char* start)
{
    services::service_options options;
    options.start_time = parse_utc(start);
    return options;
}

}  // namespace

TEST_CASE("host cycles: the first inventory has no edges, the next window begins before its mark")
{
    host_walk walk;
    auto form = walk.ask();
    CHECK_FALSE(form.contains("vm_processed_after"));
    CHECK_FALSE(form.contains("vm_processed_before"));
    CHECK_FALSE(walk.service->watermark());
    REQUIRE_FALSE(walk.read(empty_page));
    CHECK(walk.service->watermark() == parse_utc("2024-01-10T11:59:00Z"));

    walk.service->begin_cycle(noon + 60s + 999ms);
    form = walk.ask();
    CHECK(form["vm_processed_after"] == "2024-01-10T11:57:00Z");
    CHECK(form["vm_processed_before"] == "2024-01-10T12:00:00Z");
}

TEST_CASE("host cycles: a configured start begins the first window, and both edges are asked for")
{
    host_walk walk(since("2024-01-01T00:00:00Z"));
    auto form = walk.ask();
    CHECK(form["vm_processed_after"] == "2024-01-01T00:00:00Z");
    CHECK(form["vm_processed_before"] == "2024-01-10T11:59:00Z");
}

TEST_CASE("host cycles: settle delay and overlap are configurable, an end can be given")
{
    services::service_options options;
    options.settle_delay = 10s;
    options.overlap = 5s;
    host_walk walk(options);
    REQUIRE_FALSE(walk.ask().empty());
    REQUIRE_FALSE(walk.read(empty_page));
    walk.service->begin_cycle(noon + 60s);
    CHECK(walk.ask()["vm_processed_after"] == "2024-01-10T11:59:45Z");
    CHECK(walk.ask()["vm_processed_before"] == "2024-01-10T12:00:50Z");

    options.until = parse_utc("2024-01-05T00:00:00Z");
    host_walk ended(options);
    CHECK(ended.ask()["vm_processed_before"] == "2024-01-05T00:00:00Z");
}

TEST_CASE("host cycles: a window stays the same until its last page is done")
{
    host_walk walk(since("2024-01-01T00:00:00Z"));
    auto first = walk.ask();
    REQUIRE_FALSE(walk.read(detection_answer("<HOST_LIST>" + detection_host(5, "") + "</HOST_LIST>" + more_from("6"))));
    walk.service->begin_cycle(noon + 1h);
    const auto second = walk.ask();
    first["id_min"] = "6";
    CHECK(second == first);
}

TEST_CASE("host cycles: a clock that goes back within the overlap gives no window that ends before it begins")
{
    host_walk walk;
    static_cast<void>(walk.ask());
    REQUIRE_FALSE(walk.read(empty_page));
    walk.service->begin_cycle(noon - 119s);
    CHECK(walk.ask()["vm_processed_after"] == "2024-01-10T11:57:00Z");
    CHECK(walk.ask()["vm_processed_before"] == "2024-01-10T11:57:01Z");
}

TEST_CASE("host cycles: after a clock that was ahead, what was processed meanwhile is asked for")
{
    host_walk walk;
    static_cast<void>(walk.ask());
    REQUIRE_FALSE(walk.read(empty_page));
    walk.service->begin_cycle(noon - 1h);
    CHECK(walk.ask()["vm_processed_after"] == "2024-01-10T10:57:00Z");
    CHECK(walk.ask()["vm_processed_before"] == "2024-01-10T10:59:00Z");
}

TEST_CASE("host cycles: a saved state is taken up in the middle of a window and says the same again")
{
    host_walk walk(since("2024-01-01T00:00:00Z"));
    static_cast<void>(walk.ask());
    REQUIRE_FALSE(walk.read(detection_answer("<HOST_LIST>" + host_at(5, "11:58:00") + "</HOST_LIST>" + more_from("6")))
    );
    const auto state = walk.service->state();
    const auto form = walk.ask();

    host_walk again(since("2024-01-01T00:00:00Z"));
    REQUIRE(again.service->restore(state));
    CHECK(again.service->state() == state);
    again.service->begin_cycle(noon + 2h);
    CHECK(again.ask() == form);
    REQUIRE_FALSE(again.read(empty_page));
    CHECK(again.service->watermark() == parse_utc("2024-01-10T11:59:00Z"));

    host_walk third(since("2024-01-01T00:00:00Z"));
    REQUIRE(third.service->restore(again.service->state()));
    CHECK(third.service->state() == again.service->state());
    third.service->begin_cycle(noon + 2h);
    CHECK(third.ask()["vm_processed_after"] == "2024-01-10T11:57:00Z");
}

TEST_CASE("host cycles: a changed start_time_utc resets the state")
{
    host_walk walk(since("2024-01-01T00:00:00Z"));
    static_cast<void>(walk.ask());
    REQUIRE_FALSE(walk.read(empty_page));

    services::service_options changed = since("2024-01-02T00:00:00Z");
    const auto fresh = services::make_host_list_detection(changed, {"h", "t", {}, {}});
    const auto untouched = fresh->state();
    REQUIRE(fresh->restore(walk.service->state()));
    CHECK(fresh->state() == untouched);
    CHECK_FALSE(fresh->watermark());
}

TEST_CASE("host cycles: what is no state of a host service is refused and changes nothing")
{
    services::service_options options;
    const auto service = services::make_host_list(options, {"h", "t", {}, {}});
    const auto before = service->state();
    for (const char* const text :
         {"",
          "[]",
          "{}",
          "{\"start_time_utc\":\"\"}",
          R"({"start_time_utc":"","mark":"yesterday","from":"","until":"","last_full":"","next_host":0})",
          R"({"start_time_utc":"","mark":"2024-01-10T11:59:00Z","from":"","until":"","last_full":"","next_host":-5})",
          R"({"start_time_utc":"","mark":"2024-01-10T11:59:00Z","from":"","until":"","last_full":"","next_host":"5"})",
          R"({"start_time_utc":"","mark":"2024-01-10T11:59:00Z","from":"","until":"","last_full":"","next_host":5,"known":"zz"})",
          R"({"start_time_utc":"","mark":"2024-01-10T11:59:00Z","from":"","until":"","last_full":"","next_host":5,"known":"1:2,3"})",
          R"({"start_time_utc":"","mark":"2024-01-10T11:59:00Z","from":"","until":"","last_full":"","next_host":5,"known_hosts":"CAAAAAAAAAA"})",
          R"({"start_time_utc":"","mark":"2024-01-10T11:59:00Z","from":"","until":"","last_full":"","next_host":5,"known_hosts":"CAAAAAAAAAA."})"})
    {
        CAPTURE(text);
        CHECK_FALSE(service->restore(text));
        CHECK(service->state() == before);
    }
}

TEST_CASE("host cycles: what the overlap brings again unchanged is no event")
{
    host_walk walk;
    static_cast<void>(walk.ask());
    REQUIRE_FALSE(walk.read(page(host_at(1, "11:58:30") + host_at(2, "11:58:40"))));
    for (int cycle = 1; cycle <= 3; ++cycle)
    {
        walk.service->begin_cycle(noon + cycle * 20s);
        static_cast<void>(walk.ask());
        REQUIRE_FALSE(walk.read(page(host_at(1, "11:58:30") + host_at(2, "11:58:40", cycle == 2 ? 8 : 1))));
    }
    CHECK(walk.count("\"ID\":\"1\"") == 1);
    CHECK(walk.count("\"ID\":\"2\"") == 3);
    CHECK(walk.service->counts().received == 8);
    CHECK(walk.service->counts().duplicate == 4);
}

TEST_CASE("host cycles: a host is known though its own dates are older than the overlap, or missing")
{
    // When Qualys processed it no date says for sure: a scan may be processed hours later.
    const auto old = "<LAST_SCAN_DATETIME>2024-01-10T08:00:00Z</LAST_SCAN_DATETIME>";
    const auto dated = [](const std::string& name)
    {
        return "<DETECTION_LIST><DETECTION><QID>1</QID><RESULTS>\"LAST_UPDATE_DATETIME\":\"x</RESULTS><" + name +
               ">2024-01-10T11:58:30Z</" + name + "></DETECTION></DETECTION_LIST>";
    };
    const auto hosts = "<HOST><ID>1</ID>" + std::string(old) + dated("LAST_PROCESSED_DATETIME") +
                       "</HOST><HOST><ID>2</ID>" + old + "</HOST><HOST><ID>3</ID></HOST><HOST><ID>4</ID>" +
                       dated("LAST_UPDATE_DATETIME") + "</HOST>";
    host_walk walk;  // the first window takes everything
    static_cast<void>(walk.ask());
    REQUIRE_FALSE(walk.read(page(hosts)));
    for (int cycle = 1; cycle <= 3; ++cycle)
    {
        walk.service->begin_cycle(noon + cycle * 20s);
        static_cast<void>(walk.ask());
        REQUIRE_FALSE(walk.read(page(hosts)));
    }
    CHECK(walk.count("\n") == 4);
    CHECK(walk.service->counts().duplicate == 12);
}

TEST_CASE("host cycles: thousands of hosts within the overlap are known, also after a restart")
{
    std::string hosts;
    for (int id = 1; id <= 6'000; ++id)
        hosts += host_at(id, "11:58:30");
    host_walk walk;
    static_cast<void>(walk.ask());
    REQUIRE_FALSE(walk.read(page(hosts)));
    CHECK(walk.service->state().size() < 6'000 * 13);

    host_walk again;
    REQUIRE(again.service->restore(walk.service->state()));
    CHECK(again.service->state() == walk.service->state());
    again.service->begin_cycle(noon + 60s);
    static_cast<void>(again.ask());
    REQUIRE_FALSE(again.read(page(hosts)));
    CHECK(again.events.empty());
    CHECK(again.service->take_notices().empty());
}

TEST_CASE("host cycles: what an earlier version remembered is known")
{
    // Of the one event of host 1, with the seed of a state that has none.
    const auto host = fingerprint(R"({"ID":"1","LAST_SCAN_DATETIME":"2024-01-10T11:58:30Z")");
    const auto print = services::print_member(fingerprint(R"({"QID":"1")", host));
    for (const auto& [gathered, events] : {std::pair(print, 0), std::pair(std::string("1"), 1)})
    {
        host_walk walk;
        REQUIRE(walk.service->restore(
            R"({"start_time_utc":"","mark":"2024-01-10T11:59:00Z","from":"","until":"","last_full":"","next_host":0,)"
            R"("known":"5:6","gathered":"1:)" +
            gathered + R"(,20:7"})"
        ));
        CHECK(walk.service->state().find("\"gathered\"") == std::string::npos);
        walk.service->begin_cycle(noon + 60s);
        static_cast<void>(walk.ask());
        REQUIRE_FALSE(walk.read(page(host_at(1, "11:58:30"))));
        CHECK(walk.count("\n") == static_cast<std::size_t>(events));
    }
}

TEST_CASE("host cycles: it is known after a restart, too")
{
    host_walk walk;
    static_cast<void>(walk.ask());
    REQUIRE_FALSE(walk.read(page(host_at(1, "11:58:30"))));

    services::service_options options;
    host_walk again(options);
    REQUIRE(again.service->restore(walk.service->state()));
    again.service->begin_cycle(noon + 60s);
    static_cast<void>(again.ask());
    REQUIRE_FALSE(again.read(page(host_at(1, "11:58:30") + host_at(3, "11:58:50"))));
    CHECK(again.count("\"ID\":\"1\"") == 0);
    CHECK(again.count("\"ID\":\"3\"") == 1);
}

TEST_CASE("host cycles: a known host is given whole when it is not the same")
{
    host_walk walk;
    static_cast<void>(walk.ask());
    REQUIRE_FALSE(walk.read(page(host_at(1, "11:58:30"))));
    walk.service->begin_cycle(noon + 60s);
    static_cast<void>(walk.ask());
    walk.events.clear();
    REQUIRE_FALSE(walk.read(page(
        "<HOST><ID>1</ID><LAST_SCAN_DATETIME>2024-01-10T11:58:30Z</LAST_SCAN_DATETIME>"
        "<DETECTION_LIST>" +
        detection(1) + detection(2) + "</DETECTION_LIST></HOST>"
    )));
    CHECK(walk.count("\n") == 2);
}
