#include "services/catalogue.hpp"
#include "settings/filters.hpp"

#include <doctest/doctest.h>

using namespace qdc::settings;

namespace
{

struct read
{
    std::map<std::string, std::string> filters;
    std::vector<problem> problems;
};

read read_text(std::string_view service, std::string text, bool strict = false)
{
    findings out(strict);
    const auto root = parse_document("filters:\n" + std::move(text), "f", out);
    auto filters = read_filters(root.find("filters")->value, *qdc::services::find_kind(service), "filters", out);
    return {std::move(filters), std::move(out).in_order()};
}

bool refused(std::string_view service, const std::string& line)
{
    const auto r = read_text(service, "  " + line + "\n");
    return r.filters.empty() && r.problems.size() == 1 && r.problems[0].severity == severity::error &&
           r.problems[0].line == 2;
}

}  // namespace

TEST_CASE("settings filters: flags are sent as 1 and 0, however they are written")
{
    const auto r =
        read_text("host_list", "  show_tags: true\n  show_asset_id: \"0\"\n  show_cloud_tags: 1\n  use_tags: No\n");
    CHECK(r.problems.empty());
    CHECK(
        r.filters ==
        std::map<std::string, std::string>{
            {"show_tags", "1"}, {"show_asset_id", "0"}, {"show_cloud_tags", "1"}, {"use_tags", "0"}}
    );
}

TEST_CASE("settings filters: lists are joined by commas")
{
    const auto r = read_text("host_list_detection", "  qids: [105, 38173]\n  ag_titles:\n    - DMZ\n    - Two words\n");
    CHECK(r.filters.at("qids") == "105,38173");
    CHECK(r.filters.at("ag_titles") == "DMZ,Two words");
}

TEST_CASE("settings filters: states get the spelling of Qualys")
{
    const auto r = read_text("host_list_detection", "  status: [new, ACTIVE, reopened, Re-Opened, \"fixed\"]\n");
    CHECK(r.problems.empty());
    CHECK(r.filters.at("status") == "New,Active,Re-Opened,Re-Opened,Fixed");
    CHECK(read_text("host_list_detection", "  status: New, Fixed\n").filters.at("status") == "New,Fixed");
    CHECK(refused("host_list_detection", "status: [gone]"));
}

TEST_CASE("settings filters: the details of a host list are All, All/AGs, Basic or Basic/AGs")
{
    CHECK(read_text("host_list", "  details: all/ags\n").filters.at("details") == "All/AGs");
    CHECK(refused("host_list", "details: None"));
    CHECK(refused("host_list", "details: Everything"));
}

TEST_CASE("settings filters: what Qualys would refuse is an error")
{
    CHECK(refused("host_list", "show_tags: 2"));
    CHECK(refused("host_list", "vm_scan_since: yesterday"));
    CHECK(refused("host_list_detection", "qds_min: -1"));
    CHECK(refused("host_list_detection", "qds_min: {a: 1}"));
    CHECK(read_text("host_list", "  vm_scan_since: 2024-01-10\n").filters.size() == 1);
    CHECK(read_text("host_list", "  vm_scan_since: 2024-01-10T09:47:08Z\n").filters.size() == 1);
}

TEST_CASE("settings filters: ids and severities are numbers and ranges")
{
    for (const auto* const line :
         {"ids: a b",
          "ids: [1, x]",
          "ids: 1,,2",
          "ids: -5",
          "ids: 5-",
          "ids: 1-2-3",
          "qids: abc",
          "qids: 1 2",
          "ag_ids: DMZ",
          "include_search_list_ids: 1.5",
          "exclude_search_list_ids: all",
          "severities: 9",
          "severities: 0",
          "severities: 3-6",
          "severities: [1, six]",
          "tag_set_by: nmae",
          "tag_include_selector: some"})
    {
        const std::string written = line;
        CAPTURE(written);
        const auto wrong = read_text("host_list_detection", "  " + written + "\n");
        REQUIRE(wrong.problems.size() == 1);
        CHECK(wrong.problems[0].severity == severity::error);
    }
    const auto r = read_text(
        "host_list_detection",
        "  ids: 5, 100-200\n  qids: [38173, 100 - 120]\n  ag_ids: 0\n  severities: \"4-5,1\"\n  tag_set_by: NAME\n"
        "  tag_exclude_selector: any\n"
    );
    CHECK(r.problems.empty());
    CHECK(r.filters.at("ids") == "5,100-200");
    CHECK(r.filters.at("qids") == "38173,100-120");
    CHECK(r.filters.at("ag_ids") == "0");
    CHECK(r.filters.at("severities") == "4-5,1");
    CHECK(r.filters.at("tag_set_by") == "name");
}

TEST_CASE("settings filters: what the collector sets itself is an error")
{
    for (const auto* service : {"vm_scans", "host_list", "host_list_detection", "user_activity"})
        for (const auto* name : {"action", "echo_request", "output_format", "truncation_limit", "id_min", "id_max"})
        {
            CAPTURE(service);
            CAPTURE(name);
            CHECK(refused(service, std::string(name) + ": 1"));
        }
    CHECK(refused("host_list", "vm_processed_after: 2024-01-10"));
    CHECK(refused("host_list_detection", "vm_processed_before: 2024-01-10"));
    CHECK(refused("vm_scans", "launched_after_datetime: 2024-01-10"));
    CHECK(refused("user_activity", "since_datetime: 2024-01-10"));
}

TEST_CASE("settings filters: an official filter that the endpoint does not know is dropped, strict or not")
{
    for (const bool strict : {false, true})
    {
        const auto r = read_text("host_list_detection", "  details: All\n  show_tags: 1\n", strict);
        REQUIRE(r.problems.size() == 1);
        CHECK(r.problems[0].severity == severity::warning);
        CHECK(r.problems[0].key == "filters.details");
        CHECK(r.filters == std::map<std::string, std::string>{{"show_tags", "1"}});
    }
    CHECK(read_text("host_list", "  show_reopened_info: 1\n").problems.size() == 1);
    CHECK(read_text("user_activity", "  status: New\n").problems.size() == 1);
}

TEST_CASE("settings filters: an unknown one is not sent, and its nearest name is said")
{
    const auto lenient = read_text("host_list_detection", "  severites: 4-5\n");
    CHECK(lenient.filters.empty());
    REQUIRE(lenient.problems.size() == 1);
    CHECK(lenient.problems[0].severity == severity::warning);
    CHECK(lenient.problems[0].fix == "did you mean `severities`?");
    CHECK(read_text("host_list_detection", "  severites: 4-5\n", true).problems[0].severity == severity::error);
}

TEST_CASE("settings filters: an unknown one without a near name is answered with those that are known")
{
    const auto r = read_text("user_activity", "  frobnicate: 1\n");
    REQUIRE(r.problems.size() == 1);
    CHECK(r.problems[0].fix == "known here: user_action, action_details, username, user_role");
}

TEST_CASE("settings filters: commas and typographic quotes around a value are dropped with a warning")
{
    const auto r = read_text("host_list", "  details: All ,\n  os_pattern: \"“Linux”\"\n");
    CHECK(r.filters.at("details") == "All");
    CHECK(r.filters.at("os_pattern") == "Linux");
    CHECK(r.problems.size() == 2);
}

TEST_CASE("settings filters: a filter without a value is not sent")
{
    const auto r = read_text("host_list", "  ids:\n  show_tags: 1\n");
    CHECK(r.problems.empty());
    CHECK(r.filters.size() == 1);
}

TEST_CASE("settings filters: what is no map is an error")
{
    findings out(false);
    const auto root = parse_document("filters: details=All\n", "f", out);
    CHECK(read_filters(root.find("filters")->value, *qdc::services::find_kind("host_list"), "filters", out).empty());
    CHECK(out.any_error());
}
