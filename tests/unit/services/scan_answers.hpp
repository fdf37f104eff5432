#pragma once

#include "by_hand.hpp"
#include "services/scans.hpp"

#include <string>
#include <vector>

/// A namespace of its own: other services have their noon too.
namespace qdc::services::test::scans
{

inline service_options usual()
{
    service_options options;
    return options;
}

inline by_hand vm_scans(const service_options& options = usual(), std::size_t piece = std::string::npos)
{
    return by_hand(make_vm_scans(options, {"collector", "vuln.qualys.vulnerabilities", "", {}}), piece);
}

inline const auto noon = at("2026-11-22T12:00:00Z");
inline const auto later = at("2026-11-22T12:01:00Z");

struct scan
{
    std::string reference;
    std::string launched{"2026-11-22T08:00:00Z"};
    std::string state{"Finished"};
    std::string sub_state{};
};

inline std::string list_of(const std::vector<scan>& scans)
{
    std::string body = "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<SCAN_LIST_OUTPUT>\n<RESPONSE>\n"
                       "<DATETIME>2026-11-22T12:00:00Z</DATETIME>\n<SCAN_LIST>\n";
    for (const auto& one : scans)
    {
        body += "<SCAN><REF>" + one.reference + "</REF><TYPE>API</TYPE><TITLE><![CDATA[DMZ & edge]]></TITLE>";
        body += "<LAUNCH_DATETIME>" + one.launched + "</LAUNCH_DATETIME><DURATION>01:12:09</DURATION>";
        body += "<STATUS><STATE>" + one.state + "</STATE>";
        body += one.sub_state.empty() ? "" : "<SUB_STATE>" + one.sub_state + "</SUB_STATE>";
        body += "</STATUS><TARGET><![CDATA[192.0.2.0-192.0.2.63]]></TARGET></SCAN>\n";
    }
    return body + "</SCAN_LIST>\n</RESPONSE>\n</SCAN_LIST_OUTPUT>\n";
}

inline std::string finding(int qid)
{
    return R"({"ip":"192.0.2.5","netbios":null,"qid":)" + std::to_string(qid) + R"(,"severity":"2"})";
}

inline std::string results_of(const std::string& reference, const strings& findings)
{
    std::string body = R"([{"scan_report_template_title":"Scan Results","company":"Acme"},)"
                       R"({"launch_date":"11/22/2026 08:00:00","status":"Finished","reference":")" +
                       reference + "\"}";
    for (const auto& one : findings)
        body += ",\n" + one;
    return body + R"(,{"target_distribution_across_scanner_appliances":"External : 192.0.2.0-192.0.2.63"}])";
}

inline std::string event(const std::string& reference, int qid)
{
    return R"({"scan_reference":")" + reference + R"(","ip":"192.0.2.5","netbios":null,"qid":)" + std::to_string(qid) +
           R"(,"severity":"2"})";
}

/// References that are fetched, in their order, each with one finding; the cycle is over then.
inline strings fetched(by_hand& scans)
{
    strings references;
    while (const auto* next = scans.take_next())
    {
        references.push_back(parameter(next->call(), "scan_ref"));
        CHECK_FALSE(scans.answer(results_of(references.back(), {finding(1)})));
    }
    return references;
}

inline strings fetched(by_hand& scans, utc_time now, const std::vector<scan>& listed)
{
    scans->begin_cycle(now);
    CHECK_FALSE(scans.answer(list_of(listed)));
    return fetched(scans);
}

}  // namespace qdc::services::test::scans
