#pragma once

#include "services/changes/change_feed.hpp"
#include "services/host_document.hpp"
#include "services/host_memory.hpp"
#include "services/host_quarantine.hpp"
#include "services/host_ranges.hpp"
#include "services/host_window.hpp"
#include "services/knowledge_base/join.hpp"
#include "services/page_size.hpp"
#include "services/service.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qdc::services
{

/// In what the two host services differ.
struct host_service_kind
{
    std::string_view name;
    const qualys::endpoint& endpoint;
    host_document_kind document;
    qualys::parameters defaults;  ///< sent unless the configuration's filters say otherwise
};

/// What the exchanges of a host service share. The service owns it, and it outlives them.
struct host_session
{
    /// `configured` decides what is asked for, `style` how events look.
    host_session(host_service_kind service_kind, service_options configured, devo::event_style style);

    /// The parameters that every call for hosts carries.
    qualys::call base_call() const;

    /// The list of ids alone, from `first` to `last`: quick where the hosts themselves are not. Of the same hosts,
    /// whenever they were processed, as many as there are.
    qualys::call all_ids_call(std::uint64_t first, std::uint64_t last = no_last_host) const;

    /// The same, of the window.
    qualys::call window_ids_call(std::uint64_t first, std::uint64_t last = no_last_host) const;

    /// The highest id to be asked for: `last`, or what the configured filters say; nothing: no end is asked for.
    std::optional<std::uint64_t> highest_id(std::uint64_t last) const;

    /// A range that has a page to be asked for and that nobody walks; nullptr: there is none now.
    host_range* next_range();

    /// The last page of a range is done. With the last range the window is over.
    void end_range(host_range& range);

    /// Puts a host of `range` into quarantine and moves the range behind it. False: too many in a row fail, so those of
    /// the row came out again, and are asked for again.
    bool leave_out(host_range& range, host_quarantine::entry host);

    /// Moves a range behind the hosts in quarantine that would come first. The one in quarantine that comes next, if
    /// any.
    const host_quarantine::entry* step_over(host_range& range);

    /// The walk of the window is over. The window closes, but for what follows with changes.
    void end_walk();

    /// All of the window is in the outbox.
    void close_window();

    /// A notice of Qualys' own; the same one again is passed over.
    void note_notice(const std::string& text);

    host_service_kind kind;
    service_options options;
    page_size size;            ///< of the last page of any range, and so of a window's first one
    devo::event_writer blank;  ///< the writer of each exchange begins as its copy
    host_window window;
    host_ranges ranges;
    host_memory memory;
    host_quarantine quarantine;
    std::unique_ptr<change_feed> feed;  ///< nullptr: no changes are sent
    bool list_busy{false};              ///< a list of ids is under way, for changes
    std::size_t under_way{0};           ///< exchanges that are alive
    tally counts;
    std::unique_ptr<kb_join> join;  ///< nullptr: detections carry nothing of the KnowledgeBase
    std::vector<notice> notices;
    std::string last_notice;
    bool order_noted{false};  ///< that ids do not ascend
};

/// Adds the window's edges to a call.
void add_window(qualys::call& call, std::optional<utc_time> start, std::optional<utc_time> until);

}  // namespace qdc::services
