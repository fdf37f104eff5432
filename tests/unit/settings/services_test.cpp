#include "site.hpp"

#include <doctest/doctest.h>

using namespace qdc::settings;
using namespace qdc::settings::test;

namespace
{

const std::string services_key = "inputs.qualys.services";

outcome read_services(const std::string& services)
{
    const site here;
    pieces p;
    p.services = services;
    return here.read(p.text());
}

outcome read_one(const std::string& service, const std::string& lines)
{
    std::string text = "      " + service + ":\n";
    for (std::size_t at = 0; at < lines.size();)
    {
        const auto end = lines.find('\n', at);
        text += "        " + lines.substr(at, end - at) + "\n";
        at = end == lines.npos ? lines.size() : end + 1;
    }
    return read_services(text);
}

std::string what_at(const outcome& result, const std::string& key)
{
    const auto* found = problem_at(result, services_key + "." + key);
    return found == nullptr ? "" : found->what;
}

}  // namespace

TEST_CASE("settings services: each has its table as tag, and runs even when it is an empty map")
{
    const auto result =
        read_services("      vm_scans:\n      host_list: {}\n      host_list_detection: ~\n      user_activity: {}\n");
    CHECK(result.problems.empty());
    REQUIRE(result.value);
    const auto& services = result.value->inputs.at(0).services;
    REQUIRE(services.size() == 4);
    CHECK(services[0].tag == "vuln.qualys.vulnerabilities");
    CHECK(services[1].tag == "vuln.qualys.hosts");
    CHECK(services[2].tag == "vuln.qualys.hostdetections");
    CHECK(services[3].tag == "vuln.qualys.useractivitylog");
}

TEST_CASE("settings services: one that nobody knows is the official error 51 with the nearest name")
{
    const auto result = read_services("      vm_scan: {}\n      kb: {}\n");
    CHECK_FALSE(result.value);
    const auto* near_one = problem_at(result, services_key + ".vm_scan");
    REQUIRE(near_one);
    CHECK(near_one->what.find("[CODE:0051]") != std::string::npos);
    CHECK(near_one->fix == "did you mean `vm_scans`?");
    CHECK(problem_at(result, services_key + ".kb")->fix.find("user_activity") != std::string::npos);
}

TEST_CASE("settings services: none at all is an error")
{
    const site here;
    pieces p;
    p.services = "      {}\n";
    CHECK(problem_at(here.read(p.text()), services_key)->what.find("is empty") == 0);
    p.services = "";
    CHECK(problem_at(here.read(p.text()), services_key)->what == "is empty");
    p.services = "      - vm_scans\n";
    CHECK(problem_at(here.read(p.text()), services_key)->what == "is a list, where a map is due");
}

TEST_CASE("settings services: every key is read")
{
    const auto result = read_one(
        "host_list",
        "request_period_in_seconds: \"300\"\noverride_tag: my.app.hosts\nstart_time_utc: 2026-11-01T00:00:00Z\n"
        "page_size: 50\nsettle_delay_in_seconds: 0\noverlap_in_seconds: 5\nfull_refresh_period_in_seconds: 86400"
    );
    CHECK(result.problems.empty());
    REQUIRE(result.value);
    const auto& s = result.value->inputs.at(0).services.at(0);
    CHECK(s.period == std::chrono::seconds(300));
    CHECK(s.tag == "my.app.hosts");
    CHECK(s.start_time == qdc::parse_utc("2026-11-01T00:00:00Z"));
    CHECK(s.page_size == 50);
    CHECK(s.settle_delay == std::chrono::seconds(0));
    CHECK(s.overlap == std::chrono::seconds(5));
    CHECK(s.keys.at("full_refresh_period_in_seconds") == "86400");
    CHECK(s.keys.at("page_size") == "50");
}

TEST_CASE("settings services: a key of another service is a warning")
{
    const auto result = read_one("vm_scans", "full_refresh_period_in_seconds: 86400\nexclude_own_activity: true");
    REQUIRE(result.value);
    CHECK(count(result, severity::warning) == 2);
    CHECK(
        result.value->inputs.at(0).services.at(0).keys ==
        std::map<std::string, std::string>{{"launch_window_in_seconds", "2592000"}}
    );
    CHECK(
        problem_at(result, services_key + ".vm_scans.full_refresh_period_in_seconds")->fix ==
        "host_list and host_list_detection have it"
    );
    const auto own = read_one("user_activity", "exclude_own_activity: 1");
    CHECK(own.problems.empty());
    CHECK(own.value->inputs.at(0).services.at(0).keys.at("exclude_own_activity") == "true");
    CHECK(
        what_at(
            read_one("host_list", "full_refresh_period_in_seconds: 0"), "host_list.full_refresh_period_in_seconds"
        ) == "0 is out of range"
    );
}

TEST_CASE("settings services: a start time must have the official form and lie in the past")
{
    for (const std::string text :
         {"2026-11-01", "2026-11-01 00:00:00", "2026-11-01T00:00:00", "2026-02-30T00:00:00Z", "soon"})
    {
        CAPTURE(text);
        CHECK(
            what_at(read_one("vm_scans", "start_time_utc: " + text), "vm_scans.start_time_utc") ==
            "InitVariablesError [CODE:0002] reason: start_time_utc value: " + text +
                " does not comply with required format: %Y-%m-%dT%H:%M:%SZ"
        );
    }
    for (const std::string text : {"2026-11-22T10:00:00Z", "2030-01-01T00:00:00Z", "9999-12-31T23:59:59Z"})
        CHECK(
            what_at(read_one("vm_scans", "start_time_utc: '" + text + "'"), "vm_scans.start_time_utc") ==
            "InitVariablesError [CODE:0003] reason: Invalid start_time_in_utc: " + text + ". Must be in the past."
        );
    CHECK_FALSE(read_one("vm_scans", "start_time_utc: 0001-01-01T00:00:00Z").value);
    CHECK(read_one("vm_scans", "start_time_utc: 2026-11-22T09:59:59Z").value);
    CHECK(read_one("vm_scans", "start_time_utc:").value);
}

TEST_CASE("settings services: a tag that is none, a period of 0 and a text for a number are errors")
{
    CHECK(what_at(read_one("vm_scans", "override_tag: my tag"), "vm_scans.override_tag") == "`my tag` is no tag");
    CHECK(what_at(read_one("vm_scans", "override_tag: mine"), "vm_scans.override_tag") == "`mine` is no tag");
    CHECK(
        what_at(read_one("vm_scans", "request_period_in_seconds: 0"), "vm_scans.request_period_in_seconds") ==
        "0 is out of range"
    );
    CHECK(
        what_at(read_one("vm_scans", "request_period_in_seconds: often"), "vm_scans.request_period_in_seconds") ==
        "`often` is not a whole number"
    );
}

TEST_CASE("settings services: override_* of the official definitions is known but idle")
{
    const auto result = read_one("vm_scans", "override_pull_retries: 3");
    CHECK(result.value);
    CHECK(what_at(result, "vm_scans.override_pull_retries") == "has no meaning here and is ignored");
}

TEST_CASE("settings services: a stray comma behind a plain value is dropped with a warning")
{
    const auto result = read_one("vm_scans", "request_period_in_seconds: 120,\noverride_tag: my.app.x ,");
    REQUIRE(result.value);
    CHECK(result.value->inputs.at(0).services.at(0).period == std::chrono::seconds(120));
    CHECK(result.value->inputs.at(0).services.at(0).tag == "my.app.x");
    CHECK(count(result, severity::warning) == 2);
}

TEST_CASE("settings services: limits of a service are its own")
{
    const auto result = read_one("vm_scans", "requests_limits: [{period: 6m, number_of_requests: 15}]");
    REQUIRE(result.value);
    CHECK(result.value->inputs.at(0).limits.empty());
    CHECK(result.value->inputs.at(0).services.at(0).limits.at(0).period == std::chrono::seconds(360));
}

TEST_CASE("settings services: obfuscation rules keep path, replacement as JSON and patterns")
{
    const auto result = read_one(
        "host_list",
        "obfuscation_data:\n"
        "  - name: [TAGS, TAG, \"*\", NAME]\n"
        "  - name: [IP]\n    value: 'x\"y'\n"
        "  - {name: [OS], value: 7}\n"
        "  - {name: [OS], value: -1.5}\n"
        "  - {name: [OS], value: True}\n"
        "  - {name: [OS], value: \"7\"}\n"
        "  - {name: [OS], value: 007}\n"
        "  - {name: DNS, value: \"****\", string_patterns: [\"[0-9]+\", \"(?<=a)b\"]}"
    );
    CHECK(result.problems.empty());
    REQUIRE(result.value);
    const auto& rules = result.value->inputs.at(0).services.at(0).obfuscation;
    REQUIRE(rules.size() == 8);
    CHECK(rules[0].path == std::vector<std::string>{"TAGS", "TAG", "*", "NAME"});
    CHECK_FALSE(rules[0].replacement.has_value());
    CHECK(rules[1].replacement == R"("x\"y")");
    CHECK(rules[2].replacement == "7");
    CHECK(rules[3].replacement == "-1.5");
    CHECK(rules[4].replacement == "true");
    CHECK(rules[5].replacement == "\"7\"");
    CHECK(rules[6].replacement == "\"007\"");
    CHECK(rules[7].path == std::vector<std::string>{"DNS"});
    CHECK(rules[7].patterns == std::vector<std::string>{"[0-9]+", "(?<=a)b"});
}

TEST_CASE("settings services: a rule that cannot work is an error")
{
    const std::string key = "host_list.obfuscation_data";
    CHECK(what_at(read_one("host_list", "obfuscation_data: IP"), key) == "is a single value, where a list is due");
    CHECK(what_at(read_one("host_list", "obfuscation_data: [IP]"), key + "[0]") == "is no map");
    CHECK(what_at(read_one("host_list", "obfuscation_data: [{value: x}]"), key + "[0].name") == "is missing");
    CHECK(what_at(read_one("host_list", "obfuscation_data: [{name: []}]"), key + "[0].name") == "is empty");
    CHECK(what_at(read_one("host_list", "obfuscation_data: [{name: [OS], value: [1]}]"), key + "[0].value") != "");
    const auto regex = what_at(
        read_one("host_list", "obfuscation_data: [{name: [OS], string_patterns: [\"a(\"]}]"),
        key + "[0].string_patterns"
    );
    CHECK(regex.find("`a(` is no regular expression") == 0);
    CHECK(regex.find('\n') == std::string::npos);
}

TEST_CASE("settings services: enrich is a list of members, or their names with commas between")
{
    for (const auto* const written : {"[TITLE, CVE_LIST]", "TITLE, CVE_LIST", "\"TITLE,CVE_LIST\""})
    {
        CAPTURE(written);
        const auto result = read_services(
            "      knowledge_base: {deliver: false}\n      host_list_detection:\n        enrich: " +
            std::string(written) + "\n"
        );
        REQUIRE(result.value);
        CHECK(result.problems.empty());
        CHECK(result.value->inputs.at(0).services.at(1).keys.at("enrich") == "TITLE,CVE_LIST");
    }
}

TEST_CASE("settings services: enrich with what can be no member is an error, a member twice a warning")
{
    for (const auto* const written : {"[\"TI TLE\"]", "[]", "\",\"", "[\"A\\\"B\"]"})
    {
        CAPTURE(written);
        const auto result = read_services(
            "      knowledge_base: {}\n      host_list_detection:\n        enrich: " + std::string(written) + "\n"
        );
        CHECK_FALSE(result.value);
    }
    const auto result =
        read_services("      knowledge_base: {}\n      host_list_detection:\n        enrich: [QID, QID]\n");
    REQUIRE(result.value);
    CHECK(result.problems.size() == 1);
}

TEST_CASE("settings services: enrich with a member that the KnowledgeBase is not known to have is a warning")
{
    const auto result = read_services(
        "      knowledge_base: {}\n      host_list_detection:\n        enrich: [TITEL, CVE_LIST, OF_OUR_OWN_KIND]\n"
    );
    REQUIRE(result.value);
    CHECK(result.value->inputs.at(0).services.at(1).keys.at("enrich") == "TITEL,CVE_LIST,OF_OUR_OWN_KIND");
    REQUIRE(result.problems.size() == 2);
    CHECK(result.problems[0].severity == severity::warning);
    CHECK(result.problems[0].what.find("`TITEL`") == 0);
    CHECK(result.problems[0].fix == "did you mean `TITLE`?");
    CHECK(result.problems[1].what.find("`OF_OUR_OWN_KIND`") == 0);
}

TEST_CASE("settings services: enrich needs the KnowledgeBase")
{
    const auto result = read_services("      host_list_detection:\n        enrich: [TITLE]\n");
    CHECK_FALSE(result.value);
    CHECK(problem_at(result, services_key)->fix.find("knowledge_base: {}") != std::string::npos);
}

TEST_CASE("settings services: the KnowledgeBase has a period, an overlap and keys of its own")
{
    const auto result = read_services("      knowledge_base: {}\n");
    REQUIRE(result.value);
    const auto& kb = result.value->inputs.at(0).services.at(0);
    CHECK(kb.period == std::chrono::hours(24));
    CHECK(kb.overlap == std::chrono::hours(24));
    CHECK(kb.keys.at("deliver") == "true");
    CHECK(kb.keys.at("texts") == "true");
    CHECK(kb.tag == "my.app.qualys.knowledgebase");
    CHECK_FALSE(read_services("      knowledge_base: {request_period_in_seconds: 60}\n").value);
    CHECK_FALSE(read_services("      knowledge_base: {filters: {truncation_limit: 5}}\n").value);
}
