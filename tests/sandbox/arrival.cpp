#include "sandbox/arrival.hpp"

#include "sandbox/frame.hpp"

#include <algorithm>

namespace qdc::sandbox
{

std::string_view without_join(std::string_view body)
{
    return body.substr(0, body.rfind(",\"KNOWLEDGE_BASE\":{"));
}

arrival_reader::arrival_reader(const options& from)
    : changes_tag_(from.changes_tag()),
      environment_(from.environment),
      joined_(!from.enrich.empty())
{
    for (std::size_t i = 0; i < service_names.size(); ++i)
        tags_[i] = from.tag_of(service_names[i]);
    // A tag that only brings changes brings nothing else.
    if (from.plays_changes() && from.deliver == "changes")
        tags_[static_cast<std::size_t>(arrival_kind::host_list_detection)].clear();
}

arrival arrival_reader::read(std::string_view line) const
{
    const auto parts = parse_frame(line);
    if (!parts)
        return {arrival_kind::malformed, {}};
    const auto service = std::find(tags_.begin(), tags_.end(), parts->tag);
    const bool is_change = !changes_tag_.empty() && parts->tag == changes_tag_;
    if (service == tags_.end() && !is_change)
    {
        const bool own = parts->tag.rfind("devo.collector", 0) == 0;
        return {own ? arrival_kind::telemetry : arrival_kind::unknown_tag, {}};
    }
    const auto event = strip_devo_members(parts->event);
    if (!event || event->environment != environment_)
        return {arrival_kind::malformed, {}};
    if (is_change)
        return {arrival_kind::changes, event->body};
    const auto kind = static_cast<arrival_kind>(service - tags_.begin());
    const bool joined = joined_ && kind == arrival_kind::host_list_detection;
    return {kind, joined ? without_join(event->body) : event->body};
}

}  // namespace qdc::sandbox
