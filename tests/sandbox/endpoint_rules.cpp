#include "sandbox/endpoint_rules.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>

namespace qdc::sandbox
{
namespace
{

enum class kind
{
    flag,
    count,
    id,
    ids,
    time,
    text,
};

struct rule
{
    std::string_view name;
    kind what;
};

using enum kind;

constexpr std::array common_host_rules{
    rule{"action", text},
    rule{"echo_request", flag},
    rule{"output_format", text},
    rule{"show_asset_id", flag},
    rule{"truncation_limit", count},
    rule{"ips", text},
    rule{"ipv6", text},
    rule{"ag_ids", ids},
    rule{"ag_titles", text},
    rule{"ids", ids},
    rule{"id_min", id},
    rule{"id_max", id},
    rule{"network_ids", ids},
    rule{"network_name", text},
    rule{"os_pattern", text},
    rule{"compliance_enabled", flag},
    rule{"vm_scan_since", time},
    rule{"no_vm_scan_since", time},
    rule{"max_days_since_last_vm_scan", count},
    rule{"vm_processed_before", time},
    rule{"vm_processed_after", time},
    rule{"vm_scan_date_before", time},
    rule{"vm_scan_date_after", time},
    rule{"vm_auth_scan_date_before", time},
    rule{"vm_auth_scan_date_after", time},
    rule{"use_tags", flag},
    rule{"tag_set_by", text},
    rule{"tag_include_selector", text},
    rule{"tag_exclude_selector", text},
    rule{"tag_set_include", text},
    rule{"tag_set_exclude", text},
    rule{"show_tags", flag},
    rule{"host_metadata", text},
    rule{"host_metadata_fields", text},
    rule{"show_cloud_tags", flag},
    rule{"cloud_tag_fields", text},
    rule{"cloud_agent_activationkey", text},
};

constexpr std::array host_rules{
    rule{"details", text},
    rule{"os_hostname", text},
    rule{"no_compliance_scan_since", time},
    rule{"compliance_scan_since", time},
    rule{"scap_scan_since", time},
    rule{"no_scap_scan_since", time},
    rule{"show_trurisk", flag},
    rule{"trurisk_min", count},
    rule{"trurisk_max", count},
    rule{"show_trurisk_factors", flag},
    rule{"show_ars", flag},
    rule{"ars_min", count},
    rule{"ars_max", count},
    rule{"show_ars_factors", flag},
};

constexpr std::array detection_rules{
    rule{"include_vuln_type", text},
    rule{"vuln_detection_source", flag},
    rule{"show_results", flag},
    rule{"show_reopened_info", flag},
    rule{"show_arf_data", flag},
    rule{"show_igs", flag},
    rule{"show_qds", flag},
    rule{"show_qds_factors", flag},
    rule{"suppress_duplicated_data_from_csv", flag},
    rule{"status", text},
    rule{"severities", ids},
    rule{"qids", ids},
    rule{"include_search_list_titles", text},
    rule{"exclude_search_list_titles", text},
    rule{"include_search_list_ids", ids},
    rule{"exclude_search_list_ids", ids},
    rule{"filter_superseded_qids", flag},
    rule{"arf_kernel_filter", count},
    rule{"arf_service_filter", count},
    rule{"arf_config_filter", count},
    rule{"active_kernels_only", count},
    rule{"qds_min", count},
    rule{"qds_max", count},
    rule{"include_ignored", flag},
    rule{"include_disabled", flag},
    rule{"detection_updated_since", time},
    rule{"detection_updated_before", time},
    rule{"max_days_since_detection_updated", count},
    rule{"detection_processed_after", time},
    rule{"detection_processed_before", time},
    rule{"detection_last_tested_since", time},
    rule{"detection_last_tested_before", time},
    rule{"detection_last_tested_since_days", count},
    rule{"detection_last_tested_before_days", count},
};

constexpr std::array scan_list_rules{
    rule{"action", text},
    rule{"echo_request", flag},
    rule{"scan_ref", text},
    rule{"state", text},
    rule{"processed", flag},
    rule{"type", text},
    rule{"target", text},
    rule{"user_login", text},
    rule{"launched_after_datetime", time},
    rule{"launched_before_datetime", time},
    rule{"scan_type", text},
    rule{"client_id", text},
    rule{"client_name", text},
    rule{"show_ags", flag},
    rule{"show_op", flag},
    rule{"show_status", flag},
    rule{"show_last", flag},
    rule{"ignore_target", flag},
};

constexpr std::array scan_fetch_rules{
    rule{"action", text},
    rule{"echo_request", flag},
    rule{"scan_ref", text},
    rule{"mode", text},
    rule{"output_format", text},
    rule{"ips", text},
    rule{"client_id", text},
    rule{"client_name", text},
};

constexpr std::array activity_rules{
    rule{"action", text},
    rule{"user_action", text},
    rule{"action_details", text},
    rule{"username", text},
    rule{"since_datetime", time},
    rule{"until_datetime", time},
    rule{"user_role", text},
    rule{"output_format", text},
    rule{"truncation_limit", count},
    rule{"id_max", id},
};

constexpr std::array knowledge_base_rules{
    rule{"action", text},
    rule{"echo_request", flag},
    rule{"details", text},
    rule{"ids", ids},
    rule{"id_min", id},
    rule{"id_max", id},
    rule{"is_patchable", flag},
    rule{"last_modified_after", time},
    rule{"last_modified_before", time},
    rule{"last_modified_by_user_after", time},
    rule{"last_modified_by_user_before", time},
    rule{"last_modified_by_service_after", time},
    rule{"last_modified_by_service_before", time},
    rule{"published_after", time},
    rule{"published_before", time},
    rule{"code_modified_after", time},
    rule{"code_modified_before", time},
    rule{"discovery_method", text},
    rule{"discovery_auth_types", text},
    rule{"show_pci_reasons", flag},
    rule{"show_supported_modules_info", flag},
    rule{"show_disabled_flag", flag},
    rule{"show_qid_change_log", flag},
};

const rule* find_rule(std::span<const rule> rules, std::string_view name)
{
    const auto found = std::find_if(rules.begin(), rules.end(), [name](const rule& r) { return r.name == name; });
    return found == rules.end() ? nullptr : &*found;
}

const rule* rule_of(endpoint what, std::string_view name)
{
    switch (what)
    {
        case endpoint::detections:
        case endpoint::hosts:
            if (const auto* const found = find_rule(common_host_rules, name))
                return found;
            if (what == endpoint::hosts)
                return find_rule(host_rules, name);
            return find_rule(detection_rules, name);
        case endpoint::scan_list:
            return find_rule(scan_list_rules, name);
        case endpoint::scan_fetch:
            return find_rule(scan_fetch_rules, name);
        case endpoint::activity:
            return find_rule(activity_rules, name);
        case endpoint::knowledge_base:
            return find_rule(knowledge_base_rules, name);
        default:
            return nullptr;
    }
}

bool is_count(std::string_view text, bool zero_too)
{
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size() && (zero_too || value > 0);
}

/// Why a value is bad, empty when it is good.
std::string complaint(kind what, const std::string& value)
{
    switch (what)
    {
        case flag:
            return value == "0" || value == "1" ? "" : "must be 0 or 1";
        case count:
            return is_count(value, true) ? "" : "not a non-negative integer";
        case id:
            return is_count(value, false) ? "" : "not a positive integer";
        case ids:
            return parse_ids(value) ? "" : "neither a positive integer nor a range: " + value;
        case time:
            return parse_instant(value) ? "" : "unsupported date format";
        case text:
            break;
    }
    return "";
}

bool all_of_list(std::string_view list, std::span<const std::string_view> allowed)
{
    while (!list.empty())
    {
        const auto part = list.substr(0, list.find(','));
        if (std::find(allowed.begin(), allowed.end(), part) == allowed.end())
            return false;
        list.remove_prefix(std::min(list.size(), part.size() + 1));
    }
    return true;
}

/// Words that only some values make.
bool word_is_good(endpoint what, std::string_view name, std::string_view value)
{
    constexpr std::array<std::string_view, 5> details{"Basic", "Basic/AGs", "All", "All/AGs", "None"};
    constexpr std::array<std::string_view, 7> states{
        "Running", "Paused", "Canceled", "Finished", "Error", "Queued", "Loading"};
    constexpr std::array<std::string_view, 6> statuses{"New", "Active", "Re-Opened", "Fixed", "REOPENED", "Reopened"};
    constexpr std::array<std::string_view, 4> formats{"csv", "json", "csv_extended", "json_extended"};
    if (name == "details")
        return std::find(details.begin(), details.end(), value) != details.end();
    if (name == "state")
        return all_of_list(value, states);
    if (name == "status")
        return all_of_list(value, statuses);
    if (name == "mode")
        return value == "brief" || value == "extended";
    if (name == "output_format" && what == endpoint::scan_fetch)
        return std::find(formats.begin(), formats.end(), value) != formats.end();
    if (name == "output_format")
        return what == endpoint::activity ? value == "csv" || value == "CSV" : value == "XML" || value == "xml";
    return true;
}

}  // namespace

std::string_view name_of(endpoint what)
{
    constexpr std::array<std::string_view, 8> names{
        "unknown", "detections", "hosts", "scan_list", "scan_fetch", "activity", "knowledge_base", "about"};
    return names[static_cast<std::size_t>(what)];
}

std::optional<parameter_error> check_parameters(endpoint what, const parameter_map& given, bool refuse_username)
{
    std::string unknown;
    for (const auto& [name, value] : given)
    {
        const bool refused = name == "username" && refuse_username;
        if (rule_of(what, name) == nullptr || refused)
            unknown += (unknown.empty() ? "" : ", ") + name;
    }
    if (!unknown.empty())
        return parameter_error{1901, "Unrecognized parameter(s): " + unknown};
    for (const auto& [name, value] : given)
    {
        auto why = complaint(rule_of(what, name)->what, value);
        if (why.empty() && !word_is_good(what, name, value))
            why = "not supported here";
        if (!why.empty())
            return parameter_error{1905, "parameter " + name + " has invalid value: " + value + " (" + why + ")"};
    }
    if (what == endpoint::scan_fetch && given.count("scan_ref") == 0)
        return parameter_error{1903, "Missing required parameter(s): scan_ref"};
    return std::nullopt;
}

}  // namespace qdc::sandbox
