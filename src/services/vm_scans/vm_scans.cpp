#include "services/common_parameters.hpp"
#include "services/scans.hpp"
#include "services/vm_scans/endpoints.hpp"

#include <utility>

namespace qdc::services
{
namespace
{

using enum value_form;

constexpr filter own_parameters[] = {
    {"launched_after_datetime", ours},
    {"launched_before_datetime", ours},
    {"state", ours},        // finished scans are what is collected
    {"show_status", ours},  // without it nobody knows which scans have finished
    {"mode", ours},
    {"scan_ref"},
    {"processed", flag},
    {"type"},
    {"target"},
    {"user_login"},
    {"scan_type"},
    {"client_id"},
    {"client_name"},
    {"show_ags", flag},
    {"show_op", flag},
    {"show_last", flag},
    {"ignore_target", flag},
};

constexpr key launch_window{
    "launch_window_in_seconds", whole, "2592000", 3600, 365.0 * 24 * 3600};  // how far back scans are listed again

/// No scan is launched in that year: the answer is empty.
qualys::call probe(utc_time)
{
    return {endpoints::scan_list, {{"action", "list"}, {"launched_after_datetime", "3999-12-31T00:00:00Z"}}};
}

std::unique_ptr<service> make(service_options options, devo::event_style style)
{
    if (const auto seconds = whole_key(options, launch_window.name))
        options.launch_window = std::chrono::seconds(*seconds);
    return make_vm_scans(std::move(options), std::move(style));
}

/// Of a finding in json_extended. (Qualys, scan API, "fetch scan results".)
std::vector<std::string> members()
{
    return {
        "scan_reference",
        "ip",
        "dns",
        "netbios",
        "os",
        "ip_status",
        "qid",
        "title",
        "type",
        "severity",
        "port",
        "protocol",
        "fqdn",
        "ssl",
        "cve_id",
        "vendor_reference",
        "bugtraq_id",
        "cvss_base",
        "cvss_temporal",
        "cvss3_base",
        "cvss3_temporal",
        "threat",
        "impact",
        "solution",
        "exploitability",
        "associated_malware",
        "results",
        "pci_vuln",
        "instance",
        "category"};
}

}  // namespace

extern const service_kind vm_scans_kind{
    .name = "vm_scans",
    .puller = "QualysScansPuller",
    .table = "vuln.qualys.vulnerabilities",
    .endpoints = {endpoints::scan_list, endpoints::scan_fetch},
    .filters = {list_parameters(), own_parameters},
    .keys = {launch_window},
    .then = "a scan_fetch for each finished scan of that list which is not delivered yet",
    .probe = probe,
    .make = make,
    .members = members};

}  // namespace qdc::services
