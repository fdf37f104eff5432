#include "site.hpp"

#include <doctest/doctest.h>

using namespace qdc::settings;
using namespace qdc::settings::test;

namespace
{

outcome read_globals(const std::string& globals)
{
    const site here;
    pieces p;
    p.globals = globals;
    return here.read(p.text());
}

}  // namespace

TEST_CASE("settings globals: an official global without meaning gives the official warning")
{
    const auto result = read_globals("  name: n\n  multiprocessing: false\n  queue_max_size_in_mb: 1024\n");
    CHECK(result.value);
    REQUIRE(problem_at(result, "globals.multiprocessing"));
    CHECK(
        problem_at(result, "globals.multiprocessing")->what ==
        "[WARNING] Illegal global setting has been ignored -> multiprocessing: False"
    );
    REQUIRE(problem_at(result, "globals.queue_max_size_in_mb"));
    CHECK(
        problem_at(result, "globals.queue_max_size_in_mb")->what ==
        "[WARNING] Illegal global setting has been ignored -> queue_max_size_in_mb: 1024"
    );
}

TEST_CASE("settings globals: an unknown global gives it too, and never shows what a secret may hide behind")
{
    const auto result = read_globals("  name: n\n  x: [1, true, {a: null, password: s3cret}]\n  api_token: s3cret\n");
    CHECK(result.value);
    REQUIRE(problem_at(result, "globals.x"));
    CHECK(
        problem_at(result, "globals.x")->what ==
        "[WARNING] Illegal global setting has been ignored -> x: [1, True, {'a': None, 'password': ****}]"
    );
    REQUIRE(problem_at(result, "globals.api_token"));
    CHECK(problem_at(result, "globals.api_token")->what.find("s3cret") == std::string::npos);
}

TEST_CASE("settings globals: a name that Devo does not take is repaired or refused")
{
    const auto repaired = read_globals("  name: acme qualys.eu#1\n");
    REQUIRE(repaired.value);
    CHECK(repaired.value->name == "acme_qualys_eu_1");
    CHECK(count(repaired, severity::warning) == 1);

    const auto refused = read_globals("  name: acme/qualys\n");
    CHECK_FALSE(refused.value);
    CHECK(problem_at(refused, "globals.name")->severity == severity::error);

    CHECK(problem_at(read_globals("  id: 1\n"), "globals.name")->what == "is missing");
    CHECK(problem_at(read_globals("  name:\n"), "globals.name")->what == "is empty");
}

TEST_CASE("settings globals: numbers and flags are taken in quotes as well")
{
    const auto result = read_globals(
        "  name: n\n  debug: \"True\"\n  internal_events: 'no'\n  status: {enabled: \"0\", port: \"8080\"}\n"
    );
    CHECK(result.problems.empty());
    REQUIRE(result.value);
    CHECK(result.value->debug);
    CHECK_FALSE(result.value->internal_events);
    CHECK_FALSE(result.value->status.enabled);
    CHECK(result.value->status.port == 8080);
}

TEST_CASE("settings globals: a wrong type and an impossible value are errors")
{
    CHECK(
        problem_at(read_globals("  name: n\n  debug: maybe\n"), "globals.debug")->what ==
        "`maybe` is neither true nor false"
    );
    CHECK(
        problem_at(read_globals("  name: n\n  status: {port: 70000}\n"), "globals.status.port")->what ==
        "70000 is out of range"
    );
    CHECK(
        problem_at(read_globals("  name: n\n  status: 9688\n"), "globals.status")->what ==
        "is a single value, where a map is due"
    );
    CHECK(problem_at(read_globals("  name: [n]\n"), "globals.name")->what == "is a list, where a single value is due");
    CHECK(
        problem_at(read_globals("  name: n\n  status: {address: loop}\n"), "globals.status.address")->severity ==
        severity::error
    );
    CHECK(problem_at(read_globals("  name: n\n  hostname: a b\n"), "globals.hostname")->severity == severity::error);
}

TEST_CASE("settings globals: the status address may be any address of the machine, localhost is loopback")
{
    for (const std::string address : {"127.0.0.1", "0.0.0.0", "'::1'"})
        CHECK(read_globals("  name: n\n  status: {address: " + address + "}\n").value);
    CHECK(read_globals("  name: n\n  status: {address: localhost}\n").value->status.address == "127.0.0.1");
}

TEST_CASE("settings globals: state goes to files, json is another word for it, or to memory")
{
    const auto persistence_of = [](const std::string& text)
    { return read_globals("  name: n\n  persistence:\n    type: " + text); };
    CHECK(persistence_of("filesystem\n").value->state == persistence::filesystem);
    CHECK(persistence_of("json\n").value->state == persistence::filesystem);
    CHECK(persistence_of("memory\n").value->state == persistence::memory);
    CHECK(problem_at(persistence_of("sqlite\n"), "globals.persistence.type")->severity == severity::error);
}

TEST_CASE("settings globals: redis is refused with the name of the alternative, and its settings are not shown")
{
    const auto result = read_globals(
        "  name: n\n  persistence:\n    type: redis\n    config: {host: h, port: 6379, db: 0, password: s3cret}\n"
    );
    CHECK_FALSE(result.value);
    REQUIRE(result.problems.size() == 1);
    CHECK(result.problems[0].key == "globals.persistence.type");
    CHECK(result.problems[0].what.find("redis is not available") == 0);
    CHECK(result.problems[0].fix.find("type: filesystem") != std::string::npos);
}

TEST_CASE("settings globals: the state directory stands in the collector's directory unless systemd names one")
{
    site here;
    pieces p;
    p.globals = "  name: n\n  persistence: {type: filesystem, config: {directory_name: other}}\n";
    CHECK(here.read(p.text()).value->state_directory == here.root() / "other");
    p.globals = "  name: n\n  persistence: {type: filesystem, config: {dir: /var/tmp/x}}\n";
    CHECK(here.read(p.text()).value->state_directory == "/var/tmp/x");
    here.environment("STATE_DIRECTORY", "/var/lib/one:/var/lib/two");
    CHECK(here.read(p.text()).value->state_directory == "/var/lib/one");
}

TEST_CASE("settings globals: a misplaced proxy shows its login nowhere, whatever holds it")
{
    for (const std::string line :
         {"proxy: http://pu:hunter2@p:3128",
          "https_proxy: \"pu:hunter2@p:3128\"",
          "pwd: hunter2",
          "x: [a, 'http://pu:hunter2@p:3128']",
          "x: {y: {z: 'pu:hunter2@p:3128'}}",
          "'http://pu:hunter2@p:3128': 1",
          "x: {'pu:hunter2@p:3128': 1}",
          "status: {address: 'pu:hunter2@p:3128'}",
          "status: {port: 'pu:hunter2@p:3128'}",
          "status: 'pu:hunter2@p:3128'",
          "debug: 'pu:hunter2@p:3128'",
          "receipts_tag: 'pu:hunter2@p:3128'",
          "persistence: {type: 'pu:hunter2@p:3128'}"})
    {
        CAPTURE(line);
        const auto result = read_globals("  name: n\n  " + line + "\n");
        CHECK_FALSE(result.problems.empty());
        CHECK(problems_json(result.problems).find("hunter2") == std::string::npos);
    }
    const auto result = read_globals("  name: n\nglobal_overrides:\n  id: http://pu:hunter2@p:3128\n  pwd: hunter2\n");
    CHECK(result.problems.size() == 2);
    CHECK(problems_json(result.problems).find("hunter2") == std::string::npos);
}
