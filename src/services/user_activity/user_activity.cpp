#include "services/activity.hpp"
#include "services/common_parameters.hpp"
#include "services/user_activity/endpoint.hpp"

#include <utility>

namespace qdc::services
{
namespace
{

using enum value_form;

constexpr filter own_parameters[] = {
    {"since_datetime", ours},
    {"until_datetime", ours},
    {"user_action"},
    {"action_details"},
    {"username"},
    {"user_role"},
};

constexpr key exclude_own_activity{"exclude_own_activity", flag, "false"};

/// The rows of the last minute, one at most.
qualys::call probe(utc_time now)
{
    return {
        endpoints::user_activity,
        {{"action", "list"},
         {"since_datetime", utc_seconds(now - std::chrono::minutes(1))},
         {"truncation_limit", "1"},
         {"output_format", "csv"}}};
}

std::unique_ptr<service> make(service_options options, devo::event_style style)
{
    if (flag_key(options, exclude_own_activity.name))
        options.own_user = options.account;
    return make_user_activity(std::move(options), std::move(style));
}

/// The CSV header. (Qualys, "Export user activity log".)
std::vector<std::string> members()
{
    return {"Date", "Action", "Module", "Details", "User Name", "User Role", "User IP"};
}

}  // namespace

extern const service_kind user_activity_kind{
    .name = "user_activity",
    .puller = "QualysUserActivityPuller",
    .table = "vuln.qualys.useractivitylog",
    .endpoints = {endpoints::user_activity},
    .filters = {list_parameters(), own_parameters},
    .keys = {page_size_key, exclude_own_activity},
    .then = "a further page while Qualys says that more follow",
    .one_at_once = true,
    .probe = probe,
    .make = make,
    .members = members};

}  // namespace qdc::services
