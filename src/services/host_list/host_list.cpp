#include "services/common_parameters.hpp"
#include "services/host_list/endpoint.hpp"
#include "services/host_names.hpp"
#include "services/hosts.hpp"

#include <utility>

namespace qdc::services
{
namespace
{

using enum value_form;

constexpr filter own_parameters[] = {
    {"details", word, "All|All/AGs|Basic|Basic/AGs"},
    {"os_hostname"},
    {"no_compliance_scan_since", moment},
    {"compliance_scan_since", moment},
    {"scap_scan_since", moment},
    {"no_scap_scan_since", moment},
    {"show_trurisk", flag},
    {"trurisk_min", whole},
    {"trurisk_max", whole},
    {"show_trurisk_factors", flag},
    {"show_ars", flag},
    {"ars_min", whole},
    {"ars_max", whole},
    {"show_ars_factors", flag},
    {"cloud_agent_activationkey"},
};

/// The id of one host.
qualys::call probe(utc_time)
{
    return {endpoints::host_list, {{"action", "list"}, {"details", "None"}, {"truncation_limit", "1"}}};
}

std::unique_ptr<service> make(service_options options, devo::event_style style)
{
    read_full_refresh(options);
    return make_host_list(std::move(options), std::move(style));
}

}  // namespace

extern const service_kind host_list_kind{
    .name = "host_list",
    .puller = "QualysHostListPuller",
    .table = "vuln.qualys.hosts",
    .endpoints = {endpoints::host_list},
    .filters = {list_parameters(), host_parameters(), own_parameters},
    .keys = {page_size_key, full_refresh_key},
    .then = {},
    .probe = probe,
    .make = make,
    .members = host_names};

}  // namespace qdc::services
