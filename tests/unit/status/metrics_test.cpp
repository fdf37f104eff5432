#include "status/metrics.hpp"

#include "support/golden.hpp"
#include "support/made_up_report.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace qdc;
using namespace std::chrono_literals;

namespace
{

const utc_time at = std::chrono::sys_days(std::chrono::year(2024) / 1 / 10) + 9h + 47min + 8s;

const status::process_facts process{12.5, 41943040, 83886080, 19, 1024, 1704879608.25, 3};

std::string text_of(const collector_report& report)
{
    return status::metrics_text(report, process);
}

/// The text without what changes with each build.
std::string stable(std::string text)
{
    const auto begin = text.find("build_info{") + std::string("build_info{").size();
    return text.replace(begin, text.find('}', begin) - begin, R"(build="BUILD")");
}

bool has_line(const std::string& text, const std::string& line)
{
    return ('\n' + text).find('\n' + line + '\n') != std::string::npos;
}

collector_report with_one_service()
{
    collector_report report;
    report.services.emplace_back().input = "qualys";
    report.services.back().service = "host_list";
    return report;
}

}  // namespace

TEST_CASE("metrics: everything that is known of a busy collector")
{
    test::check_golden("status/busy.metrics", stable(text_of(test::made_up_report(at, 3h))));
}

TEST_CASE("metrics: before the first cycle every family is there, and no moment is made up")
{
    auto report = with_one_service();
    report.outputs.emplace_back().output = "devo";
    test::check_golden("status/fresh.metrics", stable(text_of(report)));
}

TEST_CASE("metrics: an outcome that is not foreseen is shown as well")
{
    auto report = with_one_service();
    report.services[0].cycles["surprise"] = 3;
    const auto text = text_of(report);
    CHECK(has_line(
        text, R"(qualys_devo_collector_pull_cycles_total{input="qualys",service="host_list",outcome="surprise"} 3)"
    ));
    CHECK(has_line(
        text, R"(qualys_devo_collector_pull_cycles_total{input="qualys",service="host_list",outcome="failed"} 0)"
    ));
}

TEST_CASE("metrics: why a service fails has a sample as long as it fails, and what keeps it from starting comes first")
{
    auto report = with_one_service();
    auto& service = report.services[0];
    const std::string sample = "qualys_devo_collector_service_failing{";
    service.failure = trouble_id::timeout;
    CHECK(text_of(report).find(sample) == std::string::npos);
    service.failing = true;
    CHECK(has_line(text_of(report), sample + R"(input="qualys",service="host_list",reason="timeout"} 1)"));
    service.start_failure = trouble_id::store_unusable;
    const auto text = text_of(report);
    CHECK(has_line(text, sample + R"(input="qualys",service="host_list",reason="store_unusable"} 1)"));
    CHECK(text.find(sample) == text.rfind(sample));
}

TEST_CASE("metrics: of a file with several certificates the first to end counts")
{
    collector_report report;
    report.certificates = {{"devo", "chain.crt", at + 2h}, {"devo", "chain.crt", at}, {"devo", "chain.crt", at + 1h}};
    const auto text = text_of(report);
    const std::string sample = "qualys_devo_collector_certificate_expiry_timestamp_seconds{";
    CHECK(has_line(text, sample + R"(output="devo",file="chain.crt"} 1704880028)"));
    CHECK(text.find(sample) == text.rfind(sample));
}

TEST_CASE("metrics: a label cannot break out of its quotes")
{
    auto report = with_one_service();
    report.services[0].errors["a\"} 1\nforged 2\\"] = 7;
    CHECK(has_line(
        text_of(report),
        R"(qualys_devo_collector_qualys_errors_total{input="qualys",service="host_list",reason="a\"} 1\nforged 2\\"} 7)"
    ));
}

TEST_CASE("metrics: the process tells of itself")
{
    const auto facts = status::read_process_facts();
    CHECK(facts.resident_bytes > 1'000'000);
    CHECK(facts.virtual_bytes > facts.resident_bytes);
    CHECK(facts.open_descriptors >= 3);
    CHECK(facts.descriptor_limit > static_cast<double>(facts.open_descriptors));
    CHECK(facts.started_seconds > 1.7e9);
    CHECK(facts.threads >= 1);
    CHECK(facts.cpu_seconds >= 0);
}
