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
    switch (place_)
    {
        case place::elsewhere:
            if (depth == 3 && name == "HOST_LIST")
                place_ = place::host_list;
            break;
        case place::host_list:
            if (depth == 4 && name == "HOST")
                begin_host();
            break;
        case place::host:
            if (kind_.detections && name == "DETECTION_LIST")
            {
                place_ = place::detection_list;
                listed_ = true;
                break;
            }
            open_member(name, attributes);
            break;
        case place::skipped:
            break;
        case place::detection_list:
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
    switch (place_)
    {
        case place::elsewhere:
            break;
        case place::host_list:
            if (depth == 3)
                place_ = place::elsewhere;
            break;
        case place::host:
            if (depth == 4)
                end_host();
            else
                end_member(name);
            break;
        case place::skipped:
            if (depth == 5)
                place_ = place::host;
            break;
        case place::detection_list:
            if (depth == 5)
                place_ = place::host;
            break;
        case place::detection:
            place_ = place::detection_list;
            ++detections_;
            joined_.reset();
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
    processed_.reset();
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
    if (name == "ID")
        host_has_id(host_.open_text());
    // LAST_SCAN_DATETIME, LAST_VULN_SCAN_DATETIME and their like; which of them is the time of processing is not
    // documented, and the newest is never before it.
    if (name.starts_with("LAST_"))
        processed_ = std::max(processed_, parse_utc(host_.open_text()));
    host_.end();
}

void host_document::host_has_id(std::string_view text)
{
    id_ = number_in<std::uint64_t>(text).value_or(0);
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
    cursor_.edge = id_;
    cursor_.edge_open = true;
    if (changes_ == nullptr || changes_->sends_all())
        known_ = memory_.known(id_);
    if (changes_ != nullptr)
        changes_->begin(id_);
}

/// A host counts as read when another one follows it in order: what stands behind 9 in `9, 5, 7` is asked for with it again.
void host_document::check_order()
{
    if (cursor_.first == 0)
        cursor_.first = id_;
    else if (id_ < cursor_.edge)
        cursor_.disordered = true;
    else if (id_ > cursor_.edge && !cursor_.disordered)
        cursor_.next = std::max(cursor_.next, cursor_.edge + 1);
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
    if (host_print_ == 0)
        host_print_ = fingerprint(host_.object(), seed_);
    const auto print = fingerprint(detection, host_print_);
    whole_print_ = std::rotl(whole_print_, 7) ^ print;

    if (takes_repeat(print))
        return;
    // The fingerprint by which a repeated event is known leaves this out: a change there alone sends no host again.
    const auto joined = join(detection);
    if (known_ && held_bytes_ + host_.object().size() + detection.size() > held_limit)
        release();
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
    if (--repeated->second == 0)
        repeats_.erase(repeated);
    ++counts_.duplicate;
    return true;
}

void host_document::end_detection()
{
    const std::string_view member = host_.object().size() > 1 ? ",\"DETECTION\":" : "\"DETECTION\":";
    if (changes_ == nullptr)
        return write_event(member, detection_.object(), "}");
    if (id_ == 0)
        throw boost::system::system_error(errc::xml_malformed, "a HOST without ID");
    if (foreign_)
        return;
    const auto judged = changes_->judge(detection_.object());
    if (judged.all)
        write_event(member, detection_.object(), "}");
    if (judged.kind)
        return write_change(member, detection_.object(), *judged.kind, judged.was);
    if (changes_->sends_all())
        return;
    ++counts_.received;
    ++counts_.filtered;
}

void host_document::write_change(std::string_view member, std::string_view detection, change kind, std::string_view was)
{
    ++counts_.received;
    if (host_print_ == 0)
        host_print_ = fingerprint(host_.object(), seed_);
    const auto print = fingerprint(name(kind), fingerprint(detection, host_print_));
    if (takes_repeat(print))
        return;
    remember(print);
    const auto joined = kind == change::gone ? std::string_view() : join(detection);
    changes_->write({host_.object(), member, detection, "}", joined}, kind, was);
}

/// What is known and did not come is gone.
void host_document::end_changes(finished_host& host)
{
    auto difference = changes_->end();
    const std::string_view member = host_.object().size() > 1 ? ",\"DETECTION\":{" : "\"DETECTION\":{";
    for (const auto& each : difference.gone)
        write_change(member, each.key, change::gone, each.was);
    host.update = std::move(difference.update);
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
    const bool without_detections = written_ == 0 && detections_ == 0;
    if (without_detections && (changes_ == nullptr || changes_->sends_all()))
        write_event({}, {}, {});
    if (known_ && *known_ == whole_print_)
        counts_.duplicate += held_.size();
    else
        release();
    finished_host host{id_, whole_print_, processed_};
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
    const auto& names = names_.first_unknown();
    for (; names_noted_ < names.size(); ++names_noted_)
        counts_.unknown_names.note(names[names_noted_]);
    const auto unknown = host_.unknown() + detection_.unknown();
    counts_.unknown_elements += unknown - std::exchange(unknown_counted_, unknown);
    const auto cut = host_.cut() + detection_.cut();
    counts_.cut_fields += cut - std::exchange(cut_counted_, cut);
}

}  // namespace qdc::services
