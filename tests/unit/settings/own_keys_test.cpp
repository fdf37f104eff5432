#include "site.hpp"

#include <doctest/doctest.h>

using namespace qdc::settings;
using namespace qdc::settings::test;

namespace
{

const std::string key = "inputs.qualys.services.host_list_detection.extra_parameters";

/// A configuration whose detections have these lines below extra_parameters.
outcome read_extra(const std::string& lines)
{
    const site here;
    pieces p;
    p.services = "      host_list_detection:\n        extra_parameters:" + lines + "\n";
    return here.read(p.text());
}

std::string what_at(const outcome& result, const std::string& name)
{
    const auto* found = problem_at(result, name.empty() ? key : key + '.' + name);
    return found == nullptr ? "" : found->what;
}

outcome read_input(const std::string& line)
{
    const site here;
    pieces p;
    p.input += line;
    return here.read(p.text());
}

}  // namespace

TEST_CASE("settings extra parameters: values are sent as they are written, lists joined by commas")
{
    const auto result =
        read_extra(" {show_news: True, version: 1.0, words: [One, two words], code: \"007\", none: ''}");
    CHECK(result.problems.empty());
    REQUIRE(result.value);
    CHECK(
        result.value->inputs.at(0).services.at(0).extra_parameters ==
        std::map<std::string, std::string>{
            {"show_news", "True"}, {"version", "1.0"}, {"words", "One,two words"}, {"code", "007"}, {"none", ""}}
    );
    CHECK(read_extra("").value->inputs.at(0).services.at(0).extra_parameters.empty());
}

TEST_CASE("settings extra parameters: what the collector sets, and what filters know, are errors")
{
    const auto result = read_extra(" {id_min: 5, action: list, show_tags: 1, vuln_detection_source: 1, show_news: 1}");
    CHECK_FALSE(result.value);
    CHECK(what_at(result, "id_min") == "is set by the collector itself");
    CHECK(what_at(result, "action") == "is set by the collector itself");
    CHECK(what_at(result, "show_tags") == "is a known parameter, whose values are checked");
    CHECK(problem_at(result, key + ".vuln_detection_source")->fix == "write it below `filters:`");
    CHECK(what_at(result, "show_news").empty());
}

TEST_CASE("settings extra parameters: what is no parameter with a value is an error")
{
    CHECK(what_at(read_extra(" show_news"), "") == "is a single value, where a map is due");
    CHECK(what_at(read_extra(" {show_news: {a: 1}}"), "show_news") == "has no value that can be sent");
    CHECK(what_at(read_extra(" {show_news: }"), "show_news") == "has no value that can be sent");
    CHECK(what_at(read_extra(" {\"show news\": 1}"), "show news") == "`show news` is no name of a parameter");
}

TEST_CASE("settings inputs: lanes are a number, or left to the limits of the endpoint")
{
    const auto lanes = [](const std::string& line) { return read_input(line).value->inputs.at(0).lanes; };
    CHECK_FALSE(lanes("").has_value());
    CHECK_FALSE(lanes("    lanes: Auto\n").has_value());
    CHECK(lanes("    lanes: 1\n") == 1);
    CHECK(lanes("    lanes: \"10\"\n") == 10);
    for (const std::string text : {"0", "11", "-1", "2.5", "many"})
    {
        CAPTURE(text);
        const auto result = read_input("    lanes: " + text + "\n");
        REQUIRE(problem_at(result, "inputs.qualys.lanes"));
        CHECK_FALSE(result.value);
    }
}

TEST_CASE("settings globals: the tag of receipts is a tag, and off without")
{
    const auto read_tag = [](const std::string& line)
    {
        const site here;
        pieces p;
        p.globals += line;
        return here.read(p.text());
    };
    CHECK(read_tag("").value->receipts_tag.empty());
    CHECK(read_tag("  receipts_tag: my.app.qualys.receipts\n").value->receipts_tag == "my.app.qualys.receipts");
    CHECK(problem_at(read_tag("  receipts_tag: receipts\n"), "globals.receipts_tag")->what == "`receipts` is no tag");
}

TEST_CASE("settings inputs: a version that Qualys removes soon is warned of, with the newest one")
{
    const auto result = read_input("    api_versions: {host_list: 4, scan_list: 2.0, host_list_detection: 4.0}\n");
    REQUIRE(result.value);
    REQUIRE(problem_at(result, "inputs.qualys.api_versions.host_list"));
    const auto& warned = *problem_at(result, "inputs.qualys.api_versions.host_list");
    CHECK(warned.severity == severity::warning);
    CHECK(warned.what == "version 4.0 of host_list is removed in December 2026, as Qualys announced");
    CHECK(warned.fix == "write 5.0, or auto");
    CHECK(problem_at(result, "inputs.qualys.api_versions.scan_list"));
    CHECK_FALSE(problem_at(result, "inputs.qualys.api_versions.host_list_detection"));
    CHECK(read_input("    api_versions: {host_list: auto}\n").problems.empty());
}
