#include "app/obfuscation_report.hpp"

#include "support/recording_log.hpp"

#include <doctest/doctest.h>

using namespace qdc;

namespace
{

std::shared_ptr<devo::obfuscator> rules(std::vector<std::string> path)
{
    return std::make_shared<devo::obfuscator>(std::vector<devo::obfuscation_rule>{{std::move(path), {}, {}}});
}

struct reported
{
    service_report report;
    test::recording_log records;
    log_origin log{records, "x"};

    reported()
    {
        report.input = "qualys";
        report.service = "host_list";
    }
};

}  // namespace

TEST_CASE("obfuscation report: outcomes are counted, and go on with the next configuration")
{
    reported all;
    for (int configuration = 0; configuration < 2; ++configuration)
    {
        const auto masking = rules({"IP"});
        app::obfuscation_report out(masking, all.report);
        masking->apply(R"({"IP":"192.0.2.1"})");
        masking->apply(R"({"OS":"x"})");
        out.refresh({}, all.log);
        out.refresh({}, all.log);
    }
    CHECK(all.report.obfuscated == std::map<std::string, std::uint64_t>{{"masked", 2}, {"unmatched", 2}});
}

TEST_CASE("obfuscation report: a rule that matched nothing in a whole cycle is a warning in log and report, once")
{
    reported all;
    all.report.cycles["complete"] = 5;  // of an earlier configuration
    const auto masking = rules({"Netbios"});
    app::obfuscation_report out(masking, all.report);
    for (int cycle = 0; cycle < 3; ++cycle)
    {
        masking->apply(R"({"IP":"192.0.2.1","NETBIOS":"A"})");
        out.refresh({}, all.log);
        CHECK(all.records.count("did you mean NETBIOS?") == (cycle == 0 ? 0 : 1));
        ++all.report.cycles["complete"];
        out.refresh({}, all.log);
        CHECK(all.records.count("Netbios was in none of 1 events") == 1);
    }
    CHECK(all.report.last_errors.size() == 1);
}

TEST_CASE("obfuscation report: without rules there is nothing to report")
{
    reported all;
    app::obfuscation_report out(nullptr, all.report);
    ++all.report.cycles["complete"];
    out.refresh({}, all.log);
    CHECK(all.records.records.empty());
    CHECK(all.report.obfuscated.empty());
}
