// An event of a change is the event of its detection with one or two members more:
//
//   {"ID":"7","DETECTION":{"QID":"1","STATUS":"Active"},"@change":"changed","@was":{"STATUS":"New"}
//
// The last brace comes from the event writer.

#include "services/changes/change_writer.hpp"

#include <algorithm>
#include <utility>

namespace qdc::services
{
change_writer::change_writer(change_feed& feed, devo::event_writer& events, tally& counts)
    : feed_(feed),
      events_(events),
      counts_(counts),
      host_(feed.known.table(), feed.counted)
{
}

change_writer::verdict change_writer::judge(std::string_view detection)
{
    auto seen = host_.seen(detection);
    verdict made;
    // A status that nobody knows is sent: it was not asked for, and Qualys sends it all the same.
    const auto& added = feed_.options.added_statuses;
    made.all = feed_.options.all && std::find(added.begin(), added.end(), seen.status) == added.end();
    made.kind = seen.kind;
    made.was = std::move(seen.was);
    // A refresh sends what is as it was, too.
    if (!made.kind && feed_.kind() == comparison::refresh)
        made.kind = change::snapshot;
    // The first pull would call every finding new. The configuration may have it learnt and not sent.
    if (feed_.kind() == comparison::baseline && feed_.options.silent_baseline)
        made.kind.reset();
    return made;
}

void change_writer::write(std::initializer_list<std::string_view> object, change kind, std::string_view was)
{
    std::string event;
    for (const auto piece : object)
        event += piece;
    event += ",\"@change\":\"";
    event += name(kind);
    event += '"';
    if (!was.empty())
    {
        event += ",\"@was\":";
        event += was;
    }
    // Beside the events without changes they go to a tag of their own.
    if (feed_.options.all)
        events_.add_with_other_tag({event});
    else
        events_.add({event});
    ++counts_.changes[std::string(name(kind))];
}

host_difference change_writer::end()
{
    return host_.end(feed_.options.partial_answers ? answer::partial : answer::complete);
}

}  // namespace qdc::services
