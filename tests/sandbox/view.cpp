#include "sandbox/view.hpp"

#include "sandbox/options.hpp"

#include <algorithm>
#include <charconv>

namespace qdc::sandbox
{
namespace
{

std::string_view text_of(const parameter_map& parameters, const std::string& name)
{
    const auto found = parameters.find(name);
    return found == parameters.end() ? std::string_view{} : std::string_view(found->second);
}

bool flag_of(const parameter_map& parameters, const std::string& name, bool otherwise = false)
{
    const auto text = text_of(parameters, name);
    return text.empty() ? otherwise : text == "1";
}

std::optional<instant> time_of(const parameter_map& parameters, const std::string& name)
{
    const auto text = text_of(parameters, name);
    return text.empty() ? std::nullopt : parse_instant(text);
}

std::optional<std::uint64_t> parse_id(std::string_view text)
{
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value == 0)
        return std::nullopt;
    return value;
}

/// Calls `take` for each part of a comma list.
template <class Take>
void each_part(std::string_view list, Take take)
{
    while (!list.empty())
    {
        const auto comma = list.find(',');
        take(list.substr(0, comma));
        list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
    }
}

/// The guide itself spells a status in several ways: only letters count.
std::string letters_of(std::string_view text)
{
    std::string letters;
    for (const char c : text)
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
            letters += static_cast<char>(c | 0x20);
    return letters;
}

void read_status(host_view& view, std::string_view list)
{
    view.fresh = view.active = view.reopened_ones = view.fixed = false;
    each_part(
        list,
        [&view](std::string_view part)
        {
            const auto status = letters_of(part);
            view.fresh |= status == "new";
            view.active |= status == "active";
            view.reopened_ones |= status == "reopened";
            view.fixed |= status == "fixed";
        }
    );
}

}  // namespace

std::optional<id_ranges> parse_ids(std::string_view text)
{
    id_ranges ranges;
    bool good = !text.empty();
    each_part(
        text,
        [&ranges, &good](std::string_view part)
        {
            const auto dash = part.find('-');
            const auto first = parse_id(part.substr(0, dash));
            const auto last = dash == std::string_view::npos ? first : parse_id(part.substr(dash + 1));
            good = good && first && last && *first <= *last;
            if (good)
                ranges.emplace_back(*first, *last);
        }
    );
    return good ? std::optional(std::move(ranges)) : std::nullopt;
}

bool host_filter::takes(std::uint64_t id, instant processed) const
{
    if (id < id_min || id > id_max)
        return false;
    if (ids)
    {
        const auto holds = [id](const auto& range) { return id >= range.first && id <= range.second; };
        if (std::none_of(ids->begin(), ids->end(), holds))
            return false;
    }
    const auto edge = std::chrono::seconds(edges_exclusive ? 1 : 0);
    if (processed_after && processed < *processed_after + edge)
        return false;
    return !processed_before || processed <= *processed_before - edge;
}

host_filter read_filter(const parameter_map& parameters, bool edges_exclusive)
{
    host_filter filter;
    filter.id_min = parse_id(text_of(parameters, "id_min")).value_or(0);
    filter.id_max = parse_id(text_of(parameters, "id_max")).value_or(UINT64_MAX);
    if (const auto ids = text_of(parameters, "ids"); !ids.empty())
        filter.ids = parse_ids(ids);
    filter.processed_after = time_of(parameters, "vm_processed_after");
    filter.processed_before = time_of(parameters, "vm_processed_before");
    filter.edges_exclusive = edges_exclusive;
    return filter;
}

host_view read_view(const parameter_map& parameters, const options& settings)
{
    host_view view;
    view.asset_id = flag_of(parameters, "show_asset_id");
    view.tags = flag_of(parameters, "show_tags");
    view.cloud_tags = flag_of(parameters, "show_cloud_tags");
    view.metadata = settings.extras || !text_of(parameters, "host_metadata").empty();
    view.trurisk = settings.extras || flag_of(parameters, "show_trurisk");
    const auto details = text_of(parameters, "details");
    view.all_details = details.substr(0, 3) == "All";
    view.groups = details.find("/AGs") != std::string_view::npos;
    view.ids_only = details == "None";
    view.results = flag_of(parameters, "show_results", true);
    view.igs = flag_of(parameters, "show_igs");
    view.reopened = flag_of(parameters, "show_reopened_info");
    view.qds = settings.extras || flag_of(parameters, "show_qds");
    view.qds_factors = settings.extras || flag_of(parameters, "show_qds_factors");
    view.ignored = flag_of(parameters, "include_ignored");
    view.disabled = flag_of(parameters, "include_disabled");
    if (const auto status = text_of(parameters, "status"); !status.empty())
        read_status(view, status);
    if (const auto ranges = parse_ids(text_of(parameters, "severities")))
    {
        view.severities = 0;
        for (const auto& [first, last] : *ranges)
            for (std::uint64_t severity = first; severity <= std::min<std::uint64_t>(last, 5); ++severity)
                view.severities |= 1U << severity;
    }
    if (const auto qids = text_of(parameters, "qids"); !qids.empty())
        view.qids = parse_ids(qids);
    view.updated_since = time_of(parameters, "detection_updated_since");
    return view;
}

}  // namespace qdc::sandbox
