#include "sandbox/arrival.hpp"

#include "sandbox/frame.hpp"

namespace qdc::sandbox
{

arrival_reader::arrival_reader(const options& from) : environment_(from.environment)
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
        return {static_cast<arrival_kind>(i), event->body};
    }
    const bool own = parts->tag.rfind("devo.collector", 0) == 0;
    return {own ? arrival_kind::telemetry : arrival_kind::unknown_tag, {}};
}

}  // namespace qdc::sandbox
