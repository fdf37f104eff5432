#include "status/quota_reader.hpp"

#include "status/report_json.hpp"
#include "support/made_up_report.hpp"

#include <doctest/doctest.h>

using namespace qdc;
using namespace std::chrono_literals;

namespace
{

const utc_time at = std::chrono::sys_days(std::chrono::year(2024) / 1 / 10) + 9h + 47min + 8s;

}  // namespace

TEST_CASE("quota reader: what was written is read")
{
    const auto written = test::made_up_report(at, 3h);
    const auto read = status::read_quotas(status::report_json(written));
    REQUIRE(read);
    CHECK(read->now == at);
    REQUIRE(read->quotas.size() == written.quotas.size());
    for (std::size_t i = 0; i < read->quotas.size(); ++i)
    {
        const auto& one = read->quotas[i];
        const auto& original = written.quotas[i];
        CHECK(one.input == original.input);
        CHECK(one.endpoint == original.endpoint);
        CHECK(one.limit == original.limit);
        CHECK(one.remaining == original.remaining);
        CHECK(one.window_seconds == original.window_seconds);
        CHECK(one.concurrency_limit == original.concurrency_limit);
        CHECK(one.running == original.running);
        CHECK(one.blocked_until == original.blocked_until);
        CHECK(one.reason == original.reason);
    }
}

TEST_CASE("quota reader: what is no status of a collector is nothing")
{
    for (const auto* text : {"", "{", "[]", "null", "{}", "7", R"({"version":"0.1.0"})", "ok\n"})
        CHECK_MESSAGE(!status::read_quotas(text), text);
}

TEST_CASE("quota reader: members that are missing, unknown or of another kind do not matter")
{
    const auto read = status::read_quotas(
        R"({"version":"9","services":[],"now":5,"more":{},"quotas":[7,{"input":3,"endpoint":"about","limit":-1,)"
        R"("remaining":"x","window_seconds":1e300,"blocked_until":"9999-99-99T00:00:00Z","new":[]}]})"
    );
    REQUIRE(read);
    REQUIRE(read->quotas.size() == 2);
    const auto& odd = read->quotas.back();
    CHECK(odd.endpoint == "about");
    CHECK(odd.input.empty());
    CHECK_FALSE(odd.limit);
    CHECK_FALSE(odd.remaining);
    CHECK_FALSE(odd.window_seconds);
    CHECK_FALSE(odd.blocked_until);
}
