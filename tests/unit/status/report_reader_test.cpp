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
    const auto read = status::read_report(status::report_json(written));
    REQUIRE(read);
    CHECK(read->version == QDC_VERSION);
    const auto& report = read->report;
    CHECK(report.now == at);
    CHECK(report.reloaded == written.reloaded);
    REQUIRE(report.services.size() == written.services.size());
    for (std::size_t i = 0; i < report.services.size(); ++i)
    {
        const auto& one = report.services[i];
        const auto& original = written.services[i];
        CHECK(one.input == original.input);
        CHECK(one.service == original.service);
        CHECK(one.phase == original.phase);
        CHECK(one.until == original.until);
        CHECK(one.events_sent == original.events_sent);
        CHECK(one.watermark == original.watermark);
        CHECK(one.page_size == original.page_size);
        CHECK(one.quarantined.size() == original.quarantined.size());
        CHECK(one.last_errors.size() == original.last_errors.size());
        CHECK(one.last.has_value() == original.last.has_value());
    }
    REQUIRE(report.quotas.size() == 3);
    CHECK(report.quotas[2].remaining == 0u);
    CHECK(report.quotas[2].blocked_until == written.quotas[2].blocked_until);
    REQUIRE(report.outputs.size() == 2);
    CHECK(report.outputs[0].confirm_seconds.counts == written.outputs[0].confirm_seconds.counts);
    REQUIRE(report.certificates.size() == 3);
    CHECK(report.certificates[0].expires == written.certificates[0].expires);
}

TEST_CASE("report reader: a fraction of a second of the uptime is kept")
{
    collector_report written;
    written.started = at;
    written.now = at + 250ms;
    const auto read = status::read_report(status::report_json(written));
    REQUIRE(read);
    CHECK(read->report.now - read->report.started == 250ms);
}

TEST_CASE("report reader: what is no report is none")
{
    for (const auto* text : {"", "{", "[]", "7", "{}", R"({"version":"0.1.0"})"})
        CHECK_MESSAGE(!status::read_report(text), text);
}

TEST_CASE("report reader: members of another kind are not known")
{
    const auto read = status::read_report(R"({"services":[7,{"service":7,"events_sent":-1,"page_size":5000000000,
        "until":5,"watermark":"yesterday","quarantined":{},"last":"x"}],"quotas":null,"outputs":7,
        "now":"9999-01-10T09:47:08Z","uptime_seconds":1e300})");
    REQUIRE(read);
    REQUIRE(read->report.services.size() == 2);
    const auto& one = read->report.services[1];
    CHECK(one.service.empty());
    CHECK(one.events_sent == 0);
    CHECK(one.page_size == 0);
    CHECK(!one.until);
    CHECK(!one.watermark);
    CHECK(!one.last);
    CHECK(one.quarantined.empty());
    CHECK(read->report.outputs.empty());
    CHECK(read->report.now == utc_time());
}

TEST_CASE("report reader: moments whose difference would overflow are not known")
{
    const auto read =
        status::read_report(R"({"services":[{"until":"1700-01-01T00:00:00Z","watermark":"2260-01-01T00:00:00Z"}]})");
    REQUIRE(read);
    CHECK(!read->report.services[0].until);
    CHECK(!read->report.services[0].watermark);
}
