#include "status/report_json.hpp"

#include "support/golden.hpp"
#include "support/made_up_report.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <doctest/doctest.h>

using namespace qdc;
using namespace std::chrono_literals;
namespace json = boost::json;

namespace
{

const utc_time at = std::chrono::sys_days(std::chrono::year(2024) / 1 / 10) + 9h + 47min + 8s;

/// One member a line at the two outer levels, so that a difference is seen.
std::string readable(const std::string& text)
{
    std::string out;
    auto all = json::parse(text).as_object();
    all["version"] = "VERSION";
    for (const auto& [name, value] : all)
    {
        out += std::string(name) + ": " + (value.is_array() ? "" : json::serialize(value)) + '\n';
        if (!value.is_array())
            continue;
        for (const auto& one : value.as_array())
        {
            out += "  -\n";
            for (const auto& [key, inner] : one.as_object())
                out += "    " + std::string(key) + ": " + json::serialize(inner) + '\n';
        }
    }
    return out;
}

}  // namespace

TEST_CASE("status JSON: everything that is known of a busy collector")
{
    test::check_golden("status/busy.json", readable(status::report_json(test::made_up_report(at, 3h))));
}

TEST_CASE("status JSON: what is not known is null")
{
    collector_report report;
    report.services.emplace_back();
    report.quotas.emplace_back();
    const auto all = json::parse(status::report_json(report));
    CHECK(all.at("reloaded").is_null());
    const auto& service = all.at("services").at(0);
    for (const auto* name : {"until", "checkpoint", "last_success", "watermark", "running", "last"})
        CHECK_MESSAGE(service.at(name).is_null(), name);
    for (const auto* name : {"limit", "remaining", "window_seconds", "concurrency_limit", "blocked_until"})
        CHECK_MESSAGE(all.at("quotas").at(0).at(name).is_null(), name);
}

TEST_CASE("status JSON: a text that is not UTF-8 is repaired, so that every reader can read the rest")
{
    collector_report report;
    report.services.emplace_back().doing = "reads \xff";
    report.services.back().errors["bad\xc3"] = 1;
    const auto all = json::parse(status::report_json(report));
    const auto& service = all.at("services").at(0);
    CHECK(service.at("doing").as_string() == "reads \xef\xbf\xbd");
    CHECK(service.at("errors").at("bad\xef\xbf\xbd").to_number<int>() == 1);
}
