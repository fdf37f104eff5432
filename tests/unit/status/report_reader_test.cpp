#include "status/report_reader.hpp"

#include "status/report_json.hpp"
#include "support/made_up_report.hpp"

#include <doctest/doctest.h>

using namespace qdc;
using namespace std::chrono_literals;

namespace
{

const utc_time at = std::chrono::sys_days(std::chrono::year(2024) / 1 / 10) + 9h + 47min + 8s;

}  // namespace

TEST_CASE("report reader: what was written is read")
{
    const auto written = test::made_up_report(at, 3h);
    const auto read = status::read_reported_calls(status::report_json(written));
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

TEST_CASE("report reader: of each service what its last cycle took is read")
{
    const auto written = test::made_up_report(at, 3h);
    const auto read = status::read_reported_calls(status::report_json(written));
    REQUIRE(read);
    REQUIRE(read->cycles.size() == written.services.size());
    for (std::size_t i = 0; i < read->cycles.size(); ++i)
    {
        const auto& one = read->cycles[i];
        const auto& original = written.services[i];
        CHECK(one.input == original.input);
        CHECK(one.service == original.service);
        CHECK(one.requests == (original.last ? original.last->requests : 0));
        CHECK(one.ended == (original.last ? original.last->ended : utc_time()));
    }
}

TEST_CASE("report reader: an end without a beginning, or before it, is no end")
{
    const auto read =
        status::read_reported_calls(R"({"services":[{"last":{"requests":3,"ended":"2024-01-10T09:47:08Z"}},{"last":7},)"
                                    R"({"last":{"started":"2024-01-10T09:47:08Z","ended":"2023-01-10T09:47:08Z"}}]})");
    REQUIRE(read);
    REQUIRE(read->cycles.size() == 3);
    CHECK(read->cycles[0].ended == utc_time());
    CHECK(read->cycles[1].ended == utc_time());
    CHECK(read->cycles[2].ended == read->cycles[2].started);
}

TEST_CASE("report reader: what is no status of a collector is nothing")
{
    for (const auto* text : {"", "{", "[]", "null", "{}", "7", R"({"version":"0.1.0"})", "ok\n"})
        CHECK_MESSAGE(!status::read_reported_calls(text), text);
}

TEST_CASE("report reader: members that are missing, unknown or of another kind do not matter")
{
    const auto read = status::read_reported_calls(
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
