#include "sandbox/expected.hpp"
#include "sandbox/faults.hpp"
#include "sandbox/history.hpp"
#include "sandbox/knowledge.hpp"
#include "sandbox/pages.hpp"
#include "sandbox/quota.hpp"
#include "sandbox/sandbox.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <set>

#include <unistd.h>

using namespace qdc::sandbox;

namespace
{

options small_data()
{
    options settings;
    settings.epoch = "2026-11-22T10:00:00Z";
    settings.hosts = 20;
    settings.detections = 4;
    settings.activity = 60;
    settings.qids = 30;
    return settings;
}

std::vector<std::string> events_of(const world& in, std::string_view service)
{
    std::vector<std::string> all;
    const auto keep = [&all](const expected_event& event) { all.emplace_back(event.body); };
    expect_events(in, service, false, keep);
    return all;
}

std::size_t demanded(const world& in, std::string_view service)
{
    std::size_t count = 0;
    const auto keep = [&count](const expected_event& event) { count += event.required ? 1u : 0u; };
    expect_events(in, service, false, keep);
    return count;
}

std::string whole(std::unique_ptr<body_source> source)
{
    std::string out;
    while (source->produce(out) == body_progress::more)
        continue;
    return out;
}

std::size_t count(const std::string& text, std::string_view what)
{
    std::size_t found = 0;
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1))
        ++found;
    return found;
}

}  // namespace

TEST_CASE("sandbox data: the same seed gives the same events, another seed others")
{
    const world first(small_data()), second(small_data());
    auto other_data = small_data();
    other_data.seed = 2;
    const world other(other_data);
    for (const auto service : service_names)
    {
        CHECK(events_of(first, service) == events_of(second, service));
        CHECK(events_of(first, service) != events_of(other, service));
    }
}

TEST_CASE("sandbox data: a touch adds a version of exactly the hosts it names")
{
    world data(small_data());
    const auto before = events_of(data, "host_list");
    data.past.apply(touch{.first = 2, .count = 5, .every = 2, .at = *parse_instant("2026-11-22T11:00:00Z")});
    CHECK(events_of(data, "host_list").size() == before.size() + 3);
    CHECK(data.past.version_of(4) == 1);
    CHECK(data.past.version_of(5) == 0);
    CHECK(data.past.version_of(7) == 0);
}

TEST_CASE("sandbox data: a host that was processed again differs in every event")
{
    world data(small_data());
    data.past.apply(touch{.first = 0, .count = 20, .every = 1, .at = *parse_instant("2026-11-22T11:00:00Z")});
    for (const auto* const service : {"host_list", "host_list_detection"})
    {
        const auto events = events_of(data, service);
        CHECK(std::set<std::string>(events.begin(), events.end()).size() == events.size());
    }
}

TEST_CASE("sandbox data: of two touches in one second only the later one is demanded, and both may be seen")
{
    world data(small_data());
    const auto before = events_of(data, "host_list").size();
    const auto demanded_before = demanded(data, "host_list");
    const touch twice{.first = 0, .count = 1, .every = 1, .at = *parse_instant("2026-11-22T11:00:00Z")};
    data.past.apply(twice);
    data.past.apply(twice);
    CHECK(demanded(data, "host_list") == demanded_before + 1);
    CHECK(events_of(data, "host_list").size() == before + 2);
}

TEST_CASE("sandbox data: a change survives being written down and read again")
{
    const auto line = to_line(touch{.first = 2, .count = 5, .every = 2, .at = *parse_instant("2026-11-22T11:00:00Z")});
    const auto read = from_line(line);
    REQUIRE(read);
    CHECK(to_line(*read) == line);
}

TEST_CASE("sandbox data: a scan gives findings only when it has finished")
{
    auto settings = small_data();
    settings.scans = 0;
    world data(settings);
    data.past.apply(scans_added{.count = 1, .at = data.begin, .finished = false});
    CHECK(events_of(data, "vm_scans").empty());
    data.past.apply(scans_moved{});
    CHECK(data.past.state_of(0) == scan_state::running);
    data.past.apply(scans_moved{});
    CHECK(data.past.state_of(0) >= scan_state::finished);
}

TEST_CASE("sandbox pages: a cut list names the next host in its warning, and the pages join without a gap")
{
    const world data(small_data());
    std::size_t hosts = 0;
    page_request asked{.path = "/api/5.0/fo/asset/host/", .parameters = {{"truncation_limit", "7"}}};
    for (bool last = false; !last;)
    {
        const auto page = whole(host_page(data, asked));
        hosts += count(page, "<HOST>");
        const auto at = page.rfind("id_min=");
        last = at == std::string::npos;
        if (!last)
            asked.parameters["id_min"] = page.substr(at + 7, 7);
    }
    CHECK(hosts == 20);
}

TEST_CASE("sandbox pages: the KnowledgeBase lists its ids, or the entries of a range")
{
    const world data(small_data());
    page_request asked{.path = "/api/4.0/fo/knowledge_base/vuln/", .parameters = {{"details", "None"}}};
    CHECK(count(whole(knowledge_page(data, asked)), "<ID_RANGE>") == 6);
    asked.parameters = {{"id_min", "10001"}, {"id_max", "10008"}};
    CHECK(count(whole(knowledge_page(data, asked)), "<VULN>") == 6);
    asked.parameters = {{"ids", "10001,10007-10009,5"}};
    CHECK(count(whole(knowledge_page(data, asked)), "<VULN>") == 3);
    asked.parameters = {{"last_modified_after", "2026-11-22T10:00:00Z"}};
    CHECK(count(whole(knowledge_page(data, asked)), "<VULN>") == 0);
}

TEST_CASE("sandbox data: the QIDs of the KnowledgeBase ascend, and each is found again")
{
    for (std::uint64_t entry = 0; entry < 100; ++entry)
    {
        CHECK(qid_of(entry) < qid_of(entry + 1));
        CHECK(first_entry_from(qid_of(entry)) == entry);
        CHECK(first_entry_from(qid_of(entry) + 1) == entry + 1);
    }
    CHECK(first_entry_from(0) == 0);
}

TEST_CASE("sandbox data: an entry that was modified is an event more")
{
    world data(small_data());
    const auto before = events_of(data, "knowledge_base").size();
    const auto change = to_line(entries_touched{{.first = 1, .count = 9, .every = 4, .at = data.begin}});
    data.past.apply(*from_line(change));
    CHECK(data.past.version_of_entry(5) == 1);
    CHECK(events_of(data, "knowledge_base").size() == before + 3);
}

TEST_CASE("sandbox pages: a poisoned host never ends")
{
    world data(small_data());
    data.past.apply(host_poisoned{.host = 0, .active = true});
    const auto page = detection_page(data, {.path = "/api/5.0/fo/asset/host/vm/detection/", .parameters = {}});
    std::string out;
    auto progress = body_progress::more;
    while (progress == body_progress::more)
        progress = page->produce(out);
    CHECK(progress == body_progress::stuck);
}

TEST_CASE("sandbox faults: nth and times say which answers are struck")
{
    fault_book book(fault_side::qualys);
    book.set({"cut:nth=2,times=2,endpoint=hosts"});
    std::vector<bool> struck;
    for (int i = 0; i < 5; ++i)
        struck.push_back(!book.strike("hosts").empty());
    CHECK(struck == std::vector<bool>{false, true, true, false, false});
    CHECK(book.strike("activity").empty());
    CHECK_THROWS(book.set({"no_such_fault"}));
    CHECK(
        parse_fault("redirect:status=307,to=https://a.example/b?c=d", fault_side::qualys).to ==
        "https://a.example/b?c=d"
    );
    CHECK_THROWS(book.set({"cut:no_such_key=1"}));
}

TEST_CASE("sandbox quota: the window rolls, and concurrency wins")
{
    using verdict = quota::verdict;
    quota limits;
    const quota::limits allowed{.calls = 2, .window_seconds = 60, .at_once = 1, .phantom_calls = 0};
    const quota::time_point start{};
    CHECK(limits.enter("hosts", allowed, start).result == verdict::granted);
    CHECK(limits.enter("hosts", allowed, start).result == verdict::too_many_at_once);
    limits.leave("hosts");
    CHECK(limits.enter("hosts", allowed, start + std::chrono::seconds(10)).remaining == 0);
    limits.leave("hosts");
    const auto blocked = limits.enter("hosts", allowed, start + std::chrono::seconds(20));
    CHECK(blocked.result == verdict::too_many_in_window);
    CHECK(blocked.wait_seconds == 40);
    CHECK(limits.enter("hosts", allowed, start + std::chrono::seconds(60)).result == verdict::granted);
}

TEST_CASE("sandbox verify: every event once is complete; a lost, a changed and a doubled one are told apart")
{
    namespace fs = std::filesystem;
    const auto directory = fs::temp_directory_path() / ("sandbox-test-" + std::to_string(::getpid()));
    fs::create_directories(directory / "devo");
    auto settings = small_data();
    settings.directory = directory;
    settings.services = {"host_list"};
    auto events = events_of(world(settings), "host_list");
    const auto arrive = [&events, &directory]
    {
        std::ofstream log(directory / "devo" / "events.log");
        for (const auto& event : events)
            log << "<14>2026-11-22 10:00:00.000 box vuln.qualys.hosts: " << event
                << ",\"@devo_pulling_id\":\"1704880028290\"}\n";
    };
    arrive();
    CHECK(verify(settings, false).complete());

    events[0] = events[1];                                     // lost, and another one twice
    events[2].replace(events[2].find("\"IP\""), 4, "\"Ip\"");  // changed
    events[3].replace(events[3].find("\"1"), 2, "\"9");        // of a host that does not exist
    arrive();
    const auto result = verify(settings, false).services[1];
    CHECK(result.missing == 3);
    CHECK(result.duplicates == 1);
    CHECK(result.altered == 1);
    CHECK(result.invented == 1);
    fs::remove_all(directory);
}

TEST_CASE("sandbox: both sides listen when it is made, and obey until they stop")
{
    namespace fs = std::filesystem;
    const auto directory = fs::temp_directory_path() / ("sandbox-serve-" + std::to_string(::getpid()));
    {
        auto settings = small_data();
        settings.directory = directory;
        playground both(settings);
        CHECK(both.qualys_port() != 0);
        CHECK(both.devo_port() != 0);
        CHECK(both.control(R"({"touch": {"count": 1}})").find("\"touches\":1") != std::string::npos);
        CHECK_THROWS(both.control(R"({"set": {"seed": 2}})"));
        both.stop();
        CHECK(fs::exists(directory / "devo" / "stats.json"));
    }
    fs::remove_all(directory);
}
