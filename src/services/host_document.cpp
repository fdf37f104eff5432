// How an answer becomes events. XML in:
//
//   <HOST><ID>7</ID><IP>10.0.0.7</IP><DETECTION_LIST>
//     <DETECTION><QID>1</QID></DETECTION><DETECTION><QID>2</QID></DETECTION></DETECTION_LIST></HOST>
//
// Events out. The host's members are written once and copied; the event writer adds its own members and the last brace:
//
//   {"ID":"7","IP":"10.0.0.7"  ,"DETECTION":  {"QID":"1"    }        ,"KNOWLEDGE_BASE":{…}
//   {"ID":"7","IP":"10.0.0.7"  ,"DETECTION":  {"QID":"2"    }
//    host_.object()             member         detection     closing  joined

#include "services/host_document.hpp"

#include "base/fingerprint.hpp"
#include "base/number.hpp"
#include "base/own_members.hpp"
#include "services/knowledge_base/join.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace qdc::services
{
namespace
{

// Enough for one send and one pause of the parser: 32 KiB more than 64 cost 0.02 R less (tests/bench), more would only
// be memory.
constexpr std::size_t ready_limit = 96 * 1024;

// Of a host that may be the same as before: so much is held back until that is known. A bigger one is handed out at
// once, and may come twice.
constexpr std::size_t held_limit = 1u << 20;

// Events of one host that are known again after a cut; of a host with more some may come twice.
constexpr std::size_t edge_limit = 1u << 18;

// What is known of hosts whose findings gave no event waits for the next one; more than that does not.
constexpr std::size_t update_limit = 1u << 20;

// Here a detection's dates are looked for: what follows on them is a hundred bytes long.
constexpr std::size_t end_of_detection = 512;

}  // namespace

host_document::host_document(
    host_document_kind kind,
    decode::element_names& names,
    devo::event_writer& events,
    host_cursor& cursor,
    const host_memory& memory,
    tally& counts,
    std::uint64_t seed,
    change_writer* changes
)
    : answer_document(kind.root),
      kind_(kind),
      names_(names),
      events_(events),
      cursor_(cursor),
      memory_(memory),
      counts_(counts),
      seed_(seed),
      changes_(changes),
      host_(names),
      detection_(names)
{
    names_.trim();
}

bool host_document::wants_pause() const
{
    return events_.ready_bytes() >= ready_limit || has_many_updates();
}

bool host_document::has_many_updates() const noexcept
{
    return !cursor_.finished.empty() && update_bytes_ >= update_limit;
}

void host_document::open(std::string_view name, const char* const* attributes, std::size_t depth)
{
    // What is outside of HOST_LIST is read by answer_document itself.
    switch (place_)
    {
        case place::elsewhere:
            if (depth == 3 && name == "HOST_LIST")
                place_ = place::host_list;
            break;
        case place::host_list:
            // A host begins: all that was noted of the one before is reset.
            if (depth == 4 && name == "HOST")
                begin_host();
            break;
        case place::host:
            // The host's own members are complete now: each detection of the list copies them.
            if (kind_.detections && name == "DETECTION_LIST")
            {
                place_ = place::detection_list;
                listed_ = true;
                break;
            }
            open_member(name, attributes);
            break;
        case place::skipped:
            // What is inside of a dropped child is passed over, at any depth.
            break;
        case place::detection_list:
            // A detection begins: until its end the parser writes everything straight into its JSON.
            if (depth == 6 && name == "DETECTION")
            {
                place_ = place::detection;
                detection_.begin(attributes);
                write_into(detection_);
            }
            break;
        case place::detection:
            break;
    }
}

void host_document::close(std::string_view name, std::size_t depth)
{
    // The depth tells the end of a place from the ends of what is inside of it.
    switch (place_)
    {
        case place::elsewhere:
            break;
        case place::host_list:
            if (depth == 3)
                place_ = place::elsewhere;
            break;
        case place::host:
            // The end of HOST itself, or of one of its own members.
            if (depth == 4)
                end_host();
            else
                end_member(name);
            break;
        case place::skipped:
            // The dropped child ended: the next one may be good.
            if (depth == 5)
                place_ = place::host;
            break;
        case place::detection_list:
            // More of the host's own members may follow, though that is not documented.
            if (depth == 5)
                place_ = place::host;
            break;
        case place::detection:
            // The detection is complete, and the next one has to look up its own QID.
            place_ = place::detection_list;
            ++detections_;
            joined_.reset();
            note_dates(detection_.object());
            end_detection();
            break;
    }
}

void host_document::begin_host()
{
    place_ = place::host;
    host_.begin();
    id_ = 0;
    foreign_ = false;
    listed_ = false;
    newest_.reset();
    newest_of_detections_.clear();
    host_print_ = 0;
    whole_print_ = 0;
    written_ = 0;
    detections_ = 0;
    repeats_.clear();
    known_.reset();
    held_.clear();
    held_bytes_ = 0;
}

/// A child of HOST.
void host_document::open_member(std::string_view name, const char* const* attributes)
{
    // Events have a member of that name already, which is ours.
    if (is_own_member(name) || (kind_.detections && name == "DETECTION"))
    {
        ++counts_.unknown_elements;
        counts_.unknown_names.note(std::string(name) + " (in HOST, dropped)");
        place_ = place::skipped;
        return;
    }
    // The events of the detections are out, without it.
    if (listed_)
    {
        ++counts_.unknown_elements;
        counts_.unknown_names.note(std::string(name) + " (behind DETECTION_LIST, missing from the events)");
    }
    host_.start(name.data(), attributes);  // Expat's own, with a zero at its end
    write_into(host_);
}

void host_document::end_member(std::string_view name)
{
    // From here on the host's ID is known, and with it whether an earlier answer brought the host.
    if (name == "ID")
        host_has_id(host_.open_text());
    // LAST_SCAN_DATETIME, LAST_VULN_SCAN_DATETIME and their like, at any depth. None is the time of processing, which is
    // not before any of them.
    if (name.ends_with("DATETIME") || name.ends_with("DATE"))
        newest_ = std::max(newest_, parse_peer_utc(host_.open_text()));
    host_.end();
}

void host_document::host_has_id(std::string_view text)
{
    // An ID that is no number counts as none, which is an error when the first event is written.
    id_ = number_in<std::uint64_t>(text).value_or(0);
    // Another lane's range has the hosts outside of ours: it delivers them.
    foreign_ = id_ > cursor_.last || (id_ != 0 && id_ < cursor_.low);
    if (foreign_)
        return;
    if (id_ != 0)
        check_order();
    // The old ones stay: the retry of a cut answer may be cut earlier than that.
    if (id_ != 0 && id_ == cursor_.edge)
        for (const auto print : cursor_.edge_events)
            ++repeats_[print];
    else
        cursor_.edge_events.clear();
    // From now on this is the host at which the answer may be cut.
    cursor_.edge = id_;
    cursor_.edge_open = true;
    // Where only changes are sent, what is known of the findings says what is new; elsewhere the last window does.
    if (changes_ == nullptr || changes_->sends_all())
        known_ = memory_.known(id_);
    if (changes_ != nullptr)
        changes_->begin(id_);
}

/// A host counts as read when another one follows it in order: what stands behind 9 in `9, 5, 7` is asked for with it again.
void host_document::check_order()
{
    // The first host of the answer: there is nothing to compare it with.
    if (cursor_.first == 0)
        cursor_.first = id_;
    // The order is broken: from here on nothing but the end of a page is progress.
    else if (id_ < cursor_.edge)
        cursor_.disordered = true;
    // Another host in order: the one before it counts as read.
    else if (id_ > cursor_.edge && !cursor_.disordered)
        cursor_.next = std::max(cursor_.next, cursor_.edge + 1);
    // Without order, missing hosts may have any id, so the walk goes back to the end of the last complete page.
    if (cursor_.disordered)
        cursor_.next = cursor_.base;
}

void host_document::write_event(std::string_view member, std::string_view detection, std::string_view closing)
{
    if (id_ == 0)
        throw boost::system::system_error(errc::xml_malformed, "a HOST without ID");
    if (foreign_)
        return;
    ++written_;
    ++counts_.received;
    // The host's members are the same in each of its events, so their part of the fingerprint is made once.
    if (host_print_ == 0)
        host_print_ = fingerprint(host_.object(), seed_);
    const auto print = fingerprint(detection, host_print_);
    // The rotation makes the order count: the same events in another order give another fingerprint.
    whole_print_ = std::rotl(whole_print_, 7) ^ print;

    if (takes_repeat(print))
        return;
    // The fingerprint by which a repeated event is known leaves this out: a change there alone sends no host again.
    const auto joined = join(detection);
    if (known_ && held_bytes_ + host_.object().size() + detection.size() > held_limit)
        release();
    // Only the end of the host shows whether it is the same. Until then a copy is kept, because the views do not last.
    if (known_)
    {
        hold(
            std::string(host_.object()) + std::string(member) + std::string(detection) + std::string(closing) +
                std::string(joined),
            print
        );
        return;
    }
    remember(print);
    events_.add({host_.object(), member, detection, closing, joined});
}

/// What the KnowledgeBase says of the detection that was read last; a host's own event has none. A detection that gives two
/// events misses its entry once.
std::string_view host_document::join(std::string_view detection)
{
    if (join_ == nullptr || detection.empty())
        return {};
    if (!joined_)
    {
        joined_ = join_->member_of(detection);
        counts_.kb_misses += joined_->empty() ? 1U : 0U;
    }
    return *joined_;
}

/// An event that an earlier answer handed out already comes again; it is dropped.
bool host_document::takes_repeat(std::uint64_t print)
{
    const auto repeated = repeats_.find(print);
    if (repeated == repeats_.end())
        return false;
    // Equal events are counted: each that was handed out accounts for one that comes again.
    if (--repeated->second == 0)
        repeats_.erase(repeated);
    ++counts_.duplicate;
    return true;
}

/// The dates stand behind RESULTS, in one form, so they are compared as text.
void host_document::note_dates(std::string_view detection)
{
    constexpr std::size_t date_length = 20;  // 2024-01-10T09:47:08Z
    const auto end = detection.substr(detection.size() - std::min(detection.size(), end_of_detection));
    // The first one is never in front of the second. Inside of a value the quotes would stand behind a backslash. The
    // search goes by the first letter, so it is not the L, of which there are many.
    for (const std::string_view member : {"PROCESSED_DATETIME\":\"", "UPDATE_DATETIME\":\""})
    {
        const auto found = end.find(member);
        if (found == std::string_view::npos)
            continue;
        const auto date = end.substr(found + member.size(), date_length);
        if (date > newest_of_detections_)
            newest_of_detections_ = date;
        return;
    }
}

void host_document::end_detection()
{
    // No comma where the host has no member in front: its object is "{" alone.
    const std::string_view member = host_.object().size() > 1 ? ",\"DETECTION\":" : "\"DETECTION\":";
    if (changes_ == nullptr)
        return write_event(member, detection_.object(), "}");
    if (id_ == 0)
        throw boost::system::system_error(errc::xml_malformed, "a HOST without ID");
    if (foreign_)
        return;
    // A detection may give two events: one as without changes, and one that says what changed.
    const auto judged = changes_->judge(detection_.object());
    if (judged.all)
        write_event(member, detection_.object(), "}");
    if (judged.kind)
        return write_change(member, detection_.object(), *judged.kind, judged.was);
    if (changes_->sends_all())
        return;
    // It is as it was, so nothing is sent of it.
    ++counts_.received;
    ++counts_.filtered;
}

void host_document::write_change(std::string_view member, std::string_view detection, change kind, std::string_view was)
{
    ++counts_.received;
    if (host_print_ == 0)
        host_print_ = fingerprint(host_.object(), seed_);
    // The kind is part of the fingerprint: the plain event of the same detection is another event.
    const auto print = fingerprint(name(kind), fingerprint(detection, host_print_));
    if (takes_repeat(print))
        return;
    remember(print);
    // What is gone has only the members of its key left, and no entry beside them.
    const auto joined = kind == change::gone ? std::string_view() : join(detection);
    changes_->write({host_.object(), member, detection, "}", joined}, kind, was);
}

/// What is known and did not come is gone.
void host_document::end_changes(finished_host& host)
{
    // The host is complete, so everything known of it that did not come is not there any more.
    auto difference = changes_->end();
    const std::string_view member = host_.object().size() > 1 ? ",\"DETECTION\":{" : "\"DETECTION\":{";
    for (const auto& each : difference.gone)
        write_change(member, each.key, change::gone, each.was);
    host.update = std::move(difference.update);
    // The updates in front of this one were taken, so counting begins again.
    if (cursor_.finished.empty())
        update_bytes_ = 0;
    update_bytes_ += sizeof host + (host.update.value ? host.update.value->size() : 0);
}

void host_document::hold(std::string event, std::uint64_t print)
{
    held_bytes_ += event.size();
    held_.push_back({std::move(event), print});
}

void host_document::remember(std::uint64_t print)
{
    if (cursor_.edge_events.size() < edge_limit)
        cursor_.edge_events.push_back(print);
}

/// The host is not what it was: what was held back goes out.
void host_document::release()
{
    for (const auto& held : held_)
    {
        remember(held.print);
        events_.add({held.event});
    }
    held_.clear();
    known_.reset();
}

void host_document::end_host()
{
    place_ = place::host_list;
    if (id_ == 0)
        throw boost::system::system_error(errc::xml_malformed, "a HOST without ID");
    if (foreign_)
        return note_drift();
    // A host without detections is an event of its own. With changes alone it has nothing to report.
    const bool without_detections = written_ == 0 && detections_ == 0;
    if (without_detections && (changes_ == nullptr || changes_->sends_all()))
        write_event({}, {}, {});
    // If all of its events are as in the last window, they are dropped together; otherwise they go out together.
    if (known_ && *known_ == whole_print_)
        counts_.duplicate += held_.size();
    else
        release();
    // The host is complete: when its events are in the outbox, it is remembered and the cursor stands behind it.
    finished_host host{id_, whole_print_, std::max(newest_, parse_peer_utc(newest_of_detections_))};
    if (changes_ != nullptr)
        end_changes(host);
    cursor_.finished.push_back(std::move(host));
    cursor_.end = std::max(cursor_.end, id_ + 1);
    cursor_.edge_open = false;
    // One that is the lowest that was asked for has nothing in front of it.
    const bool nothing_before = id_ > cursor_.first || cursor_.single || id_ == cursor_.next;
    if (!cursor_.disordered && nothing_before)
        cursor_.next = std::max(cursor_.next, id_ + 1);
    note_drift();
}

void host_document::note_drift()
{
    // Counters of the parts only grow, and each call adds what came since the last one.
    const auto& names = names_.first_unknown();
    for (; names_noted_ < names.size(); ++names_noted_)
        counts_.unknown_names.note(names[names_noted_]);
    const auto unknown = host_.unknown() + detection_.unknown();
    counts_.unknown_elements += unknown - std::exchange(unknown_counted_, unknown);
    const auto cut = host_.cut() + detection_.cut();
    counts_.cut_fields += cut - std::exchange(cut_counted_, cut);
}

}  // namespace qdc::services
