#include "services/host_session.hpp"

#include "base/number.hpp"
#include "services/host_list/endpoint.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace qdc::services
{
namespace
{

/// Parameters of both host endpoints that choose hosts. What chooses detections says nothing about which hosts there are.
constexpr std::array<std::string_view, 21> host_filters{
    "ids",
    "ips",
    "ipv6",
    "ag_ids",
    "ag_titles",
    "network_ids",
    "os_pattern",
    "compliance_enabled",
    "vm_scan_since",
    "no_vm_scan_since",
    "vm_scan_date_before",
    "vm_scan_date_after",
    "vm_auth_scan_date_before",
    "vm_auth_scan_date_after",
    "use_tags",
    "tag_set_by",
    "tag_include_selector",
    "tag_exclude_selector",
    "tag_set_include",
    "tag_set_exclude",
    "cloud_agent_activationkey",
};

}  // namespace

host_session::host_session(host_service_kind service_kind, service_options configured, devo::event_style style)
    : kind(std::move(service_kind)),
      options(std::move(configured)),
      size(options.page_size),
      blank(std::move(style)),
      window(options),
      ranges(options.page_size),
      join(kind.document.detections ? make_kb_join(options.tables, options.wanted) : nullptr)
{
}

qualys::call host_session::base_call() const
{
    // Configured filters replace our defaults, extra parameters replace nothing, and what we depend on comes last.
    qualys::call call{kind.endpoint, kind.defaults};
    for (const auto& [key, value] : options.filters)
        call.form[key] = value;
    options.extra.add_to(call.form);
    call.form["action"] = "list";
    if (kind.document.detections)
        call.form["output_format"] = "XML";
    return call;
}

qualys::call host_session::all_ids_call(std::uint64_t first, std::uint64_t last) const
{
    qualys::call call{endpoints::host_list, {}};
    // The list must name the same hosts as the pages do, so it gets the filters that choose hosts, and no others.
    for (const auto name : host_filters)
        if (const auto filter = options.filters.find(name); filter != options.filters.end())
            call.form[filter->first] = filter->second;
    call.form["action"] = "list";
    call.form["details"] = "None";
    call.form["id_min"] = std::to_string(std::max<std::uint64_t>(first, 1));
    if (const auto highest = highest_id(last))
        call.form["id_max"] = std::to_string(*highest);
    // 0: the list is not cut.
    call.form["truncation_limit"] = std::string("0");  // g++ 12 warns falsely of an assigned literal
    return call;
}

qualys::call host_session::window_ids_call(std::uint64_t first, std::uint64_t last) const
{
    auto call = all_ids_call(first, last);
    add_window(call, window.from(), window.until());
    return call;
}

std::optional<std::uint64_t> host_session::highest_id(std::uint64_t last) const
{
    // A configured id_max ends every range that goes further.
    const auto filter = options.filters.find("id_max");
    const auto configured = filter != options.filters.end() ? number_in<std::uint64_t>(filter->second) : std::nullopt;
    const auto highest = std::min(last, configured.value_or(no_last_host));
    return highest != no_last_host ? std::optional(highest) : std::nullopt;
}

host_range* host_session::next_range()
{
    for (auto* range = ranges.next(); range != nullptr; range = ranges.next())
    {
        // A suspect is looked up first, so its range must stay where it is.
        if (!range->suspect)
            step_over(*range);
        if (!range->is_past_end())
            return range;
        // Only hosts in quarantine were left of it.
        end_range(*range);
    }
    // A state may have been saved between the last host and the end of its page.
    if (ranges.all_walked() && window.is_open())
        end_walk();
    return nullptr;
}

void host_session::end_range(host_range& range)
{
    ranges.end(range);
    // The last range takes the window with it.
    if (ranges.all_walked())
        end_walk();
}

const host_quarantine::entry* host_session::step_over(host_range& range)
{
    // With 7, 8 and 12 in quarantine a range at 7 moves to 9, and 12 comes next. Ids begin at 1; 0 is in front of all.
    auto& progress = range.progress;
    const auto* left_out = quarantine.from(std::max<std::uint64_t>(progress.next, 1));
    for (; left_out != nullptr && left_out->id <= std::max<std::uint64_t>(progress.next, 1);
         left_out = quarantine.from(progress.next))
        progress.move_to(left_out->id + 1);
    return left_out;
}

bool host_session::leave_out(host_range& range, host_quarantine::entry host)
{
    const auto id = host.id;
    auto text = "host " + std::to_string(id) + " cannot be fetched (" + host.reason +
                "): it is in quarantine, the others are delivered, and each later cycle tries it once";
    // What of it is in the outbox does not go out again when it comes.
    host.progress.cursor.edge = id;
    if (range.progress.cursor.edge == id)
        host.progress.cursor.edge_events = range.progress.cursor.edge_events;
    // The entry takes over what is known of the host, as if it had a walk of its own.
    host.progress.taken(memory);
    const auto again = quarantine.add(std::move(host));
    if (again.empty())
    {
        notices.push_back({trouble_id::quarantine, std::move(text)});
        // Unless its page was in order up to it, hosts with lower ids may stand behind it: the next page ends in front of it.
        const auto& cursor = range.progress.cursor;
        const bool last_in_order = cursor.edge == id && cursor.first != 0 && cursor.first < id;
        if (!cursor.disordered && (last_in_order || cursor.single))
            range.progress.move_to(id + 1);
        return true;
    }
    // Too many failed for the fault to be theirs: all of the row are asked for again.
    ranges.reopen(range, again);
    return false;
}

void host_session::end_walk()
{
    // With changes the window's list of ids follows, which ends it.
    if (feed != nullptr)
        feed->walk_ends();
    else
        window.close();
}

void host_session::close_window()
{
    feed->window_ends();
    window.close();
}

void host_session::note_notice(const std::string& text)
{
    if (text != last_notice)
        notices.push_back({trouble_id::notice, "Qualys says: " + (last_notice = text)});
}

void add_window(qualys::call& call, std::optional<utc_time> start, std::optional<utc_time> until)
{
    if (start)
        call.form["vm_processed_after"] = utc_seconds(*start);
    if (until)
        call.form["vm_processed_before"] = utc_seconds(*until);
}

}  // namespace qdc::services
