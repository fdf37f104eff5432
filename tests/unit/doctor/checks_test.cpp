#include "doctor/checks.hpp"
#include "doctor/checks_network.hpp"
#include "doctor/checks_qualys.hpp"
#include "doctor/checks_service.hpp"
#include "services/catalogue.hpp"

#include <boost/asio/error.hpp>

#include <doctest/doctest.h>

using namespace qdc;
using namespace qdc::doctor;
using namespace std::chrono_literals;

namespace
{

const utc_time noon = *parse_utc("2026-07-01T12:00:00Z");

/// Results of checks on an input called "qualys".
struct noting
{
    std::size_t seen{0};
    check_list list{[this](const check_result&) { ++seen; }};
    check_notes notes{list, check_side::input, "qualys"};

    const check_result& last() const { return list.all().back(); }

    check_status days(std::chrono::system_clock::duration left)
    {
        check_days_left({{"CN=x", "CN=ca", noon - 24h, noon + left}}, noon, "certificate", "renew it", notes);
        return last().status;
    }

    check_status quota(std::uint64_t remaining, std::chrono::seconds period)
    {
        settings::service what;
        what.name = "host_list";
        what.period = period;
        qualys::limits reported;
        reported.calls = 300;
        reported.window = 3600s;
        reported.remaining = remaining;
        check_quota(reported, what, 0.8, notes);
        return last().status;
    }
};

}  // namespace

TEST_CASE("checks: a line has status, name, check and result below each other, then what helps")
{
    const auto line = check_line({check_status::warn, check_side::input, "qualys", "clock", "70 s ahead", "set it"}, 8);
    CHECK(line == "warn  qualys    clock                      70 s ahead -> set it");
    CHECK(
        check_line({check_status::ok, {}, {}, "disk space", "9 MB", {}}, 6) ==
        "ok    -       disk space                 9 MB"
    );
}

TEST_CASE_FIXTURE(noting, "checks: JSON names the input or the output, and neither for the machine")
{
    notes.fail("login", "said \"no\"", "ask");
    check_notes(list, check_side::local, {}).ok("disk space", "much");
    CHECK(
        checks_json(list.all()) == "[\n{\"status\":\"fail\",\"input\":\"qualys\",\"check\":\"login\",\"result\":\"said "
                                   "\\\"no\\\"\",\"fix\":\"ask\"},\n"
                                   "{\"status\":\"ok\",\"check\":\"disk space\",\"result\":\"much\",\"fix\":\"\"}\n]"
    );
    CHECK(seen == 2);
}

TEST_CASE_FIXTURE(noting, "checks: only a failed one is a failure")
{
    notes.ok("a", "");
    notes.warn("b", "", "");
    notes.skip("c", "");
    CHECK_FALSE(list.failed());
    notes.fail("d", "", "");
    CHECK(list.failed());
}

TEST_CASE_FIXTURE(noting, "checks: what a server says shows no secret and stays on its line")
{
    list.hide("somebody", secret("pass word"));
    notes.fail("login", "you said pass%20word\nok  forged \xff", "try pass word");
    CHECK(last().result == "you said ****\\nok  forged \\xff");
    CHECK(last().fix == "try ****");
}

TEST_CASE_FIXTURE(noting, "checks: a certificate warns 30 days before its end and fails at it")
{
    CHECK(days(30 * 24h) == check_status::ok);
    CHECK(days(30 * 24h - 1s) == check_status::warn);
    CHECK(last().result == "CN=x: 29 days left, until 2026-07-31T11:59:59Z");
    CHECK(days(1s) == check_status::warn);
    CHECK(days(0s) == check_status::fail);
}

TEST_CASE_FIXTURE(noting, "checks: of several certificates the first to expire counts")
{
    check_days_left(
        {{"CN=a", "", noon - 24h, noon + 2400h}, {"CN=b", "", noon - 24h, noon - 1h}},
        noon,
        "chain file",
        "renew",
        notes
    );
    CHECK(last().status == check_status::fail);
    CHECK(last().result == "2 certificates, first of all CN=b: expired at 2026-07-01T11:00:00Z");
}

TEST_CASE_FIXTURE(noting, "checks: a certificate of the future fails")
{
    check_days_left({{"CN=x", "", noon + 1h, noon + 2400h}}, noon, "certificate", "renew", notes);
    CHECK(last().status == check_status::fail);
}

TEST_CASE_FIXTURE(noting, "checks: a quota warns below a tenth, and when the period needs more than our share")
{
    CHECK(quota(30, 60s) == check_status::ok);
    CHECK(quota(29, 60s) == check_status::warn);
    CHECK(quota(300, 15s) == check_status::ok);
    CHECK(quota(300, 14s) == check_status::warn);
    CHECK(last().result == "300 of 300 calls in 3600 s left; a pull every 14 s needs 257");
}

TEST_CASE_FIXTURE(noting, "checks: a quota that is not reported is no finding")
{
    check_quota({}, {}, 0.8, notes);
    CHECK(last().status == check_status::skip);
}

TEST_CASE("checks: the clocks differ by what the answer's way cannot explain")
{
    CHECK(clock_skew(noon, noon - 20s, noon + 20s) == 0s);
    CHECK(clock_skew(noon, noon + 900ms, noon + 950ms) == 0s);  // a Date has whole seconds
    CHECK(clock_skew(noon, noon - 90s, noon - 70s) == 70s);
    CHECK(clock_skew(noon, noon + 91s, noon + 95s) == -90s);
}

TEST_CASE("checks: a version in use that Qualys removes soon is warned of, each endpoint for itself")
{
    noting it;
    const qualys::api_versions versions({{"scan_list", "2.0"}, {"scan_fetch", "2.0"}});
    const auto& scans = *services::find_kind("vm_scans");
    check_versions(scans, versions, noon, it.notes);
    CHECK(it.list.all().empty());
    check_versions(scans, versions, noon + 24h * 90, it.notes);
    REQUIRE(it.list.all().size() == 1);
    CHECK(it.last().check == "api version");
    CHECK(it.last().result == "version 2.0 of scan_list is removed in December 2026, as Qualys announced");
}

TEST_CASE("checks: what helps against a failed connection depends on the failure")
{
    const connection_keys keys{"the host", "the proxy", "the CA", "another proxy"};
    CHECK(fix_of(boost::asio::error::timed_out, keys).find("firewall") != std::string::npos);
    CHECK(fix_of(boost::asio::error::timed_out, keys).find(keys.proxy) != std::string::npos);
    CHECK(fix_of(boost::asio::error::connection_refused, keys).find(keys.first_hop) != std::string::npos);
}
