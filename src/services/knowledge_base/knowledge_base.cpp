#include "services/common_parameters.hpp"
#include "services/knowledge_base/endpoint.hpp"
#include "services/knowledge_base/kb_service.hpp"
#include "services/knowledge_base/vocabulary.hpp"

#include <utility>

namespace qdc::services
{
namespace
{

using enum value_form;

// (User guide of July 2026, "KnowledgeBase Download".)
constexpr filter own_parameters[] = {
    {"details", ours},
    {"ids", ours},
    {"last_modified_after", ours},
    {"last_modified_before", ours},
    {"is_patchable", flag},
    {"last_modified_by_user_after", moment},
    {"last_modified_by_user_before", moment},
    {"last_modified_by_service_after", moment},
    {"last_modified_by_service_before", moment},
    {"published_after", moment},
    {"published_before", moment},
    {"code_modified_after", moment},
    {"code_modified_before", moment},
    {"discovery_method", word, "Remote|Authenticated|RemoteOnly|AuthenticatedOnly|RemoteAndAuthenticated"},
    {"discovery_auth_types"},
    {"show_pci_reasons", flag},
    {"show_supported_modules_info", flag},
    {"show_disabled_flag", flag},
    {"show_qid_change_log", flag},
};

constexpr key period{"request_period_in_seconds", whole, "86400", 3600, 365.0 * 24 * 3600};
// Entries are published 8 to 10 hours behind the time of their modification.
constexpr key overlap{"overlap_in_seconds", whole, "86400", 0, 30.0 * 24 * 3600};
constexpr key deliver{"deliver", flag, "true"};
constexpr key texts{"texts", flag, "true"};

/// Entries that were modified within the last minute.
qualys::call probe(utc_time now)
{
    return {
        endpoints::knowledge_base,
        {{"action", "list"},
         {"details", "Basic"},
         {"last_modified_after", utc_seconds(now - std::chrono::minutes(1))}}};
}

std::unique_ptr<service> make(service_options options, devo::event_style style)
{
    const kb_options entries{flag_key(options, deliver.name), flag_key(options, texts.name)};
    return make_knowledge_base(std::move(options), std::move(style), entries);
}

std::vector<std::string_view> tables(const service_options&)
{
    return {kb_table};
}

}  // namespace

extern const service_kind knowledge_base_kind{
    .name = "knowledge_base",
    .puller = "QualysKnowledgeBasePuller",
    .table = "my.app.qualys.knowledgebase",
    .endpoints = {endpoints::knowledge_base},
    .filters = {list_parameters(), own_parameters},
    .keys = {period, overlap, deliver, texts},
    .then = "at first the entries of each 2,000 QIDs in a call; later entries that detections missed",
    .one_at_once = true,
    .permission = "download of the KnowledgeBase, which is a permission of its own",
    .probe = probe,
    .make = make,
    .tables = tables,
    .members = kb_names};

}  // namespace qdc::services
