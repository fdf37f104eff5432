#include "settings/filter_table.hpp"

namespace qdc::settings
{
namespace
{

constexpr unsigned all = scans | hosts | detections | activity;

constexpr parameter parameters[] = {
    {"action", all, shape::ours},
    {"echo_request", all, shape::ours},
    {"output_format", all, shape::ours},
    {"truncation_limit", all, shape::ours},
    {"id_min", all, shape::ours},
    {"id_max", all, shape::ours},

    {"launched_after_datetime", scans, shape::ours},
    {"launched_before_datetime", scans, shape::ours},
    {"state", scans, shape::ours},        // finished scans are what is collected
    {"show_status", scans, shape::ours},  // without it nobody knows which scans have finished
    {"mode", scans, shape::ours},
    {"scan_ref", scans, shape::text},
    {"processed", scans, shape::flag},
    {"type", scans, shape::text},
    {"target", scans, shape::text},
    {"user_login", scans, shape::text},
    {"scan_type", scans, shape::text},
    {"client_id", scans, shape::text},
    {"client_name", scans, shape::text},
    {"show_ags", scans, shape::flag},
    {"show_op", scans, shape::flag},
    {"show_last", scans, shape::flag},
    {"ignore_target", scans, shape::flag},

    {"vm_processed_after", assets, shape::ours},
    {"vm_processed_before", assets, shape::ours},
    {"details", hosts, shape::details},
    {"os_hostname", hosts, shape::text},
    {"no_compliance_scan_since", hosts, shape::moment},
    {"compliance_scan_since", hosts, shape::moment},
    {"scap_scan_since", hosts, shape::moment},
    {"no_scap_scan_since", hosts, shape::moment},
    {"show_trurisk", hosts, shape::flag},
    {"trurisk_min", hosts, shape::whole},
    {"trurisk_max", hosts, shape::whole},
    {"show_trurisk_factors", hosts, shape::flag},
    {"show_ars", hosts, shape::flag},
    {"ars_min", hosts, shape::whole},
    {"ars_max", hosts, shape::whole},
    {"show_ars_factors", hosts, shape::flag},
    {"cloud_agent_activationkey", hosts, shape::text},

    {"ids", assets, shape::text},
    {"ips", assets, shape::text},
    {"ipv6", assets, shape::text},
    {"ag_ids", assets, shape::text},
    {"ag_titles", assets, shape::text},
    {"network_ids", assets, shape::text},
    {"os_pattern", assets, shape::text},
    {"compliance_enabled", assets, shape::flag},
    {"vm_scan_since", assets, shape::moment},
    {"no_vm_scan_since", assets, shape::moment},
    {"vm_scan_date_before", assets, shape::moment},
    {"vm_scan_date_after", assets, shape::moment},
    {"vm_auth_scan_date_before", assets, shape::moment},
    {"vm_auth_scan_date_after", assets, shape::moment},
    {"use_tags", assets, shape::flag},
    {"tag_set_by", assets, shape::text},
    {"tag_include_selector", assets, shape::text},
    {"tag_exclude_selector", assets, shape::text},
    {"tag_set_include", assets, shape::text},
    {"tag_set_exclude", assets, shape::text},
    {"show_asset_id", assets, shape::flag},
    {"show_tags", assets, shape::flag},
    {"show_cloud_tags", assets, shape::flag},
    {"cloud_tag_fields", assets, shape::text},
    {"host_metadata", assets, shape::text},
    {"host_metadata_fields", assets, shape::text},

    {"suppress_duplicated_data_from_csv", detections, shape::ours},
    {"show_reopened_info", detections, shape::flag},
    {"include_vuln_type", detections, shape::text},
    {"show_results", detections, shape::flag},
    {"show_arf_data", detections, shape::flag},
    {"show_igs", detections, shape::flag},
    {"show_qds", detections, shape::flag},
    {"show_qds_factors", detections, shape::flag},
    {"status", detections, shape::status},
    {"severities", detections, shape::text},
    {"qids", detections, shape::text},
    {"include_search_list_titles", detections, shape::text},
    {"exclude_search_list_titles", detections, shape::text},
    {"include_search_list_ids", detections, shape::text},
    {"exclude_search_list_ids", detections, shape::text},
    {"filter_superseded_qids", detections, shape::flag},
    {"arf_kernel_filter", detections, shape::whole},
    {"arf_service_filter", detections, shape::whole},
    {"arf_config_filter", detections, shape::whole},
    {"active_kernels_only", detections, shape::whole},
    {"qds_min", detections, shape::whole},
    {"qds_max", detections, shape::whole},
    {"include_ignored", detections, shape::flag},
    {"include_disabled", detections, shape::flag},
    {"detection_updated_since", detections, shape::moment},
    {"detection_updated_before", detections, shape::moment},
    {"max_days_since_detection_updated", detections, shape::whole},
    {"detection_processed_after", detections, shape::moment},
    {"detection_processed_before", detections, shape::moment},
    {"detection_last_tested_since", detections, shape::moment},
    {"detection_last_tested_before", detections, shape::moment},
    {"detection_last_tested_since_days", detections, shape::whole},
    {"detection_last_tested_before_days", detections, shape::whole},
    {"max_days_since_last_vm_scan", detections, shape::whole},
    {"network_name", detections, shape::text},

    {"since_datetime", activity, shape::ours},
    {"until_datetime", activity, shape::ours},
    {"user_action", activity, shape::text},
    {"action_details", activity, shape::text},
    {"username", activity, shape::text},
    {"user_role", activity, shape::text},
};

}  // namespace

std::span<const parameter> filter_table()
{
    return parameters;
}

}  // namespace qdc::settings
