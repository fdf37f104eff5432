#include "services/changes/known_findings.hpp"
#include "services/common_parameters.hpp"
#include "services/host_list_detection/endpoint.hpp"
#include "services/host_names.hpp"
#include "services/hosts.hpp"
#include "services/knowledge_base/enrichment.hpp"
#include "services/knowledge_base/vocabulary.hpp"

#include <utility>

namespace qdc::services
{
namespace
{

using enum value_form;

constexpr filter own_parameters[] = {
    {"suppress_duplicated_data_from_csv", ours},
    {"show_reopened_info", flag},
    {"include_vuln_type"},
    {"vuln_detection_source", flag},
    {"show_results", flag},
    {"show_arf_data", flag},
    {"show_igs", flag},
    {"show_qds", flag},
    {"show_qds_factors", flag},
    {"status", words, "New|Active|Re-Opened|Fixed"},
    {.name = "severities", .form = numbers, .least = 1, .most = 5},
    {"qids", numbers},
    {"include_search_list_titles"},
    {"exclude_search_list_titles"},
    {"include_search_list_ids", numbers},
    {"exclude_search_list_ids", numbers},
    {"filter_superseded_qids", flag},
    {"arf_kernel_filter", whole},
    {"arf_service_filter", whole},
    {"arf_config_filter", whole},
    {"active_kernels_only", whole},
    {"qds_min", whole},
    {"qds_max", whole},
    {"include_ignored", flag},
    {"include_disabled", flag},
    {"detection_updated_since", moment},
    {"detection_updated_before", moment},
    {"max_days_since_detection_updated", whole},
    {"detection_processed_after", moment},
    {"detection_processed_before", moment},
    {"detection_last_tested_since", moment},
    {"detection_last_tested_before", moment},
    {"detection_last_tested_since_days", whole},
    {"detection_last_tested_before_days", whole},
    {"max_days_since_last_vm_scan", whole},
    {"network_name"},
};

/// Members of the KnowledgeBase that each detection carries.
constexpr key enrich_key{.name = "enrich", .form = words, .names = kb_names};

/// One host that was processed within the last minute, with its detections.
qualys::call probe(utc_time now)
{
    return {
        endpoints::host_list_detection,
        {{"action", "list"},
         {"truncation_limit", "1"},
         {"vm_processed_after", utc_seconds(now - std::chrono::minutes(1))},
         {"output_format", "XML"}}};
}

constexpr key deliver_key{.name = "deliver", .form = word, .standard = "all", .words = "all|changes|all_and_changes"};

/// What is known of the findings, where changes are sent, and the KnowledgeBase, where it is joined.
std::vector<std::string_view> tables(const service_options& options)
{
    std::vector<std::string_view> names;
    const auto deliver = options.keys.find(deliver_key.name);
    if (deliver != options.keys.end() && deliver->second != deliver_key.standard)
        names.emplace_back("host_list_detection");
    if (options.keys.contains(enrich_key.name))
        names.push_back(kb_table);
    return names;
}

std::unique_ptr<service> make(service_options options, devo::event_style style)
{
    read_full_refresh(options);
    return make_host_list_detection(std::move(options), std::move(style));
}

/// With those of the KnowledgeBase that `enrich` may name.
std::vector<std::string> members()
{
    auto names = host_names();
    names.emplace_back("KNOWLEDGE_BASE");
    for (auto& name : kb_names())
        names.push_back(std::move(name));
    return names;
}

}  // namespace

extern const service_kind host_list_detection_kind{
    .name = "host_list_detection",
    .puller = "QualysHostListDetectionPuller",
    .table = "vuln.qualys.hostdetections",
    .endpoints = {endpoints::host_list_detection},
    .filters = {list_parameters(), host_parameters(), own_parameters},
    .keys =
        {page_size_key,
         full_refresh_key,
         enrich_key,
         deliver_key,
         {.name = "changes_tag", .form = tag, .standard = "my.app.qualys.changes"},
         {.name = "changes", .form = map}},
    .then = {},
    .probe = probe,
    .make = make,
    .tables = tables,
    .summary = known_summary,
    .members = members};

}  // namespace qdc::services
