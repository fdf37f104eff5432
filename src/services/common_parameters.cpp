#include "services/common_parameters.hpp"

namespace qdc::services
{
namespace
{

using enum value_form;

// How an answer looks and where its pages begin is decided by the collector.
constexpr filter in_every_list[] = {
    {"action", ours},
    {"echo_request", ours},
    {"output_format", ours},
    {"truncation_limit", ours},
    {"id_min", ours},
    {"id_max", ours},
};

// The window is the collector's; what chooses hosts, and what is shown of them, is the configuration's.
constexpr filter of_hosts[] = {
    {"vm_processed_after", ours},
    {"vm_processed_before", ours},
    {"ids", numbers},
    {"ips"},
    {"ipv6"},
    {"ag_ids", numbers},
    {"ag_titles"},
    {"network_ids"},
    {"os_pattern"},
    {"compliance_enabled", flag},
    {"vm_scan_since", moment},
    {"no_vm_scan_since", moment},
    {"vm_scan_date_before", moment},
    {"vm_scan_date_after", moment},
    {"vm_auth_scan_date_before", moment},
    {"vm_auth_scan_date_after", moment},
    {"use_tags", flag},
    {"tag_set_by", word, "id|name"},
    {"tag_include_selector", word, "any|all"},
    {"tag_exclude_selector", word, "any|all"},
    {"tag_set_include"},
    {"tag_set_exclude"},
    {"show_asset_id", flag},
    {"show_tags", flag},
    {"show_cloud_tags", flag},
    {"cloud_tag_fields"},
    {"host_metadata"},
    {"host_metadata_fields"},
};

}  // namespace

std::span<const filter> list_parameters()
{
    return in_every_list;
}

std::span<const filter> host_parameters()
{
    return of_hosts;
}

void read_full_refresh(service_options& options)
{
    if (const auto seconds = whole_key(options, full_refresh_key.name))
        options.full_refresh = std::chrono::seconds(*seconds);
}

}  // namespace qdc::services
