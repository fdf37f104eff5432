#include "state/inspect.hpp"

#include "state/directory_lock.hpp"
#include "state/failure.hpp"
#include "unit/state/scratch.hpp"

#include <boost/system/errc.hpp>

using namespace qdc;
using test::hosts;
using test::newest;
using test::previous;

namespace
{

const utc_time noon = std::chrono::sys_days(std::chrono::year(2024) / 1 / 10) + std::chrono::hours(12);
const state_key scans{"qualys", "00123", "vm_scans"};

void must_set(const test::scratch& dir, const state_key& key, std::string_view text)
{
    const auto done = state::set(dir.path(), key, text, noon);
    REQUIRE_MESSAGE(done.has_value(), done.error().message());
}

std::vector<state::entry> must_list(const test::scratch& dir)
{
    auto entries = state::list(dir.path());
    REQUIRE(entries.has_value());
    return std::move(*entries);
}

}  // namespace

TEST_CASE("state inspect: every checkpoint is listed with its key, generation, time and text")
{
    const test::scratch dir;
    must_set(dir, scans, R"({"s":1})");
    must_set(dir, hosts, R"({"h":1})");
    must_set(dir, hosts, R"({"h":2})");
    dir.write("323422f31db86826d62db1657fa6290e", "not ours");

    const auto entries = must_list(dir);
    REQUIRE(entries.size() == 2);
    CHECK(entries[0].file == newest);
    CHECK(entries[0].key.id == "00123");
    CHECK(entries[0].generation == 2);
    CHECK(entries[0].saved_at == "2024-01-10T12:00:00Z");
    CHECK(entries[0].text == R"({"h":2})");
    CHECK(entries[0].problem.empty());
    CHECK(entries[1].key.service == "vm_scans");
}

TEST_CASE("state inspect: a checkpoint of which only the previous generation is left is listed once, with the reason")
{
    const test::scratch dir;
    must_set(dir, hosts, R"({"h":1})");
    std::filesystem::rename(dir.path() / newest, dir.path() / previous);
    const auto entries = must_list(dir);
    REQUIRE(entries.size() == 1);
    CHECK(entries[0].text == R"({"h":1})");
    CHECK_FALSE(entries[0].problem.empty());
}

TEST_CASE("state inspect: a damaged checkpoint is listed without text, and why is told in words")
{
    const test::scratch dir;
    dir.write(newest, "garbage");
    const auto entries = must_list(dir);
    REQUIRE(entries.size() == 1);
    CHECK(entries[0].generation == 0);
    CHECK(entries[0].text.empty());
    CHECK(
        entries[0].problem == newest + ": it is not a JSON object; there is none before it, so the service begins anew"
    );
    CHECK(state::why_unusable(dir.path(), hosts) == entries[0].problem);
    CHECK(state::why_unusable(dir.path(), scans).empty());
}

TEST_CASE("state inspect: a missing directory cannot be listed")
{
    const test::scratch dir;
    CHECK(state::list(dir.path() / "none").error() == boost::system::errc::no_such_file_or_directory);
}

TEST_CASE("state inspect: reset makes a service begin anew and leaves the others")
{
    const test::scratch dir;
    must_set(dir, hosts, R"({"h":1})");
    must_set(dir, scans, R"({"s":1})");
    REQUIRE(state::reset(dir.path(), hosts).has_value());
    const auto entries = must_list(dir);
    REQUIRE(entries.size() == 1);
    CHECK(entries[0].key.service == "vm_scans");
    CHECK(state::reset(dir.path(), hosts).error() == state::failure::no_such_state);
}

TEST_CASE("state inspect: reset makes no directory")
{
    const test::scratch dir;
    CHECK(state::reset(dir.path() / "none", hosts).error() == state::failure::no_such_state);
    CHECK(dir.names().empty());
}

TEST_CASE("state inspect: a text that is no JSON object is refused")
{
    const test::scratch dir;
    CHECK(state::set(dir.path(), hosts, "cursor: 5", noon).error() == state::failure::not_an_object);
    CHECK(dir.names().empty());
}

TEST_CASE("state inspect: nothing is changed under a running collector")
{
    const test::scratch dir;
    must_set(dir, hosts, R"({"h":1})");
    const auto running = state::directory_lock::take(dir.path());
    REQUIRE(running.has_value());
    CHECK(state::set(dir.path(), hosts, R"({"h":2})", noon).error() == state::failure::in_use);
    CHECK(state::reset(dir.path(), hosts).error() == state::failure::in_use);
    CHECK(must_list(dir)[0].text == R"({"h":1})");
}

TEST_CASE("state inspect: the export is one JSON document")
{
    const test::scratch dir;
    must_set(dir, {"q\"1", "00123", "host_list"}, R"({"h": 1.50})");
    dir.write("qualys.00123.vm_scans.json", "");
    CHECK(
        state::export_document(must_list(dir)) ==
        R"({"format":1,"states":[{"input":"q\"1","id":"00123","service":"host_list","generation":1,)"
        R"("saved_at":"2024-01-10T12:00:00Z","state":{"h":1.50}},)"
        R"({"input":"qualys","id":"00123","service":"vm_scans","generation":0,"saved_at":"",)"
        R"("problem":"qualys.00123.vm_scans.json: it is empty; there is none before it, so the service begins anew",)"
        R"("state":null}]})"
        "\n"
    );
}

TEST_CASE("state inspect: an export of nothing is an empty list")
{
    CHECK(state::export_document({}) == "{\"format\":1,\"states\":[]}\n");
}
