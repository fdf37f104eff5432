#pragma once

#include "devo/event_writer.hpp"
#include "services/changes/change_feed.hpp"

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace qdc::services
{

/// Compares the hosts of one answer while they are read, and writes the events of what changed.
class change_writer
{
public:
    /// All of it outlives the writer.
    change_writer(change_feed& feed, devo::event_writer& events, tally& counts);

    /// What becomes of one detection.
    struct verdict
    {
        bool all{false};             ///< it is sent without changes, too
        std::optional<change> kind;  ///< nothing: no change is sent of it
        std::string was;
    };

    /// A host begins; one that was begun and not ended is as if nothing had come.
    void begin(std::uint64_t host) { host_.begin(host); }

    /// Compares one detection, a JSON object, with what is known of it.
    verdict judge(std::string_view detection);

    /// An event: `object` in pieces, without its closing brace and without what tells the change.
    void write(std::initializer_list<std::string_view> object, change kind, std::string_view was);

    /// The host is complete: what of it is gone, and what is known from now on.
    host_difference end();

    /// Whether what is sent without changes is sent too.
    bool sends_all() const noexcept { return feed_.options.all; }

private:
    change_feed& feed_;
    devo::event_writer& events_;
    tally& counts_;
    host_changes host_;
};

}  // namespace qdc::services
