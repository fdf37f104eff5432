#include "sandbox/arrival.hpp"

#include "sandbox/frame.hpp"

namespace qdc::sandbox
{

namespace
{

/// What the KnowledgeBase says is another matter than whether the detection arrived: it may be there or not yet.
std::string_view without_join(std::string_view body)
{
    return body.substr(0, body.rfind(",\"KNOWLEDGE_BASE\":{"));
}

}  // namespace

arrival_reader::arrival_reader(const options& from) : environment_(from.environment), joined_(!from.enrich.empty())
{
    for (std::size_t i = 0; i < service_names.size(); ++i)
        tags_[i] = from.tag_of(service_names[i]);
}

arrival arrival_reader::read(std::string_view line) const
{
    const auto parts = parse_frame(line);
    if (!parts)
        return {arrival_kind::malformed, {}};
    for (std::size_t i = 0; i < tags_.size(); ++i)
    {
        if (tags_[i] != parts->tag)
            continue;
        const auto event = strip_devo_members(parts->event);
        if (!event || event->environment != environment_)
            return {arrival_kind::malformed, {}};
        const auto kind = static_cast<arrival_kind>(i);
        const bool joined = joined_ && kind == arrival_kind::host_list_detection;
        return {kind, joined ? without_join(event->body) : event->body};
    }
    const bool own = parts->tag.rfind("devo.collector", 0) == 0;
    return {own ? arrival_kind::telemetry : arrival_kind::unknown_tag, {}};
}

}  // namespace qdc::sandbox
