// How an entry becomes an event and a value of the index, with `enrich: [TITLE, CVE_LIST]`:
//
//   <VULN><QID>9</QID><TITLE>t</TITLE><DIAGNOSIS>long</DIAGNOSIS></VULN>
//
//   event    {"QID":"9","TITLE":"t","DIAGNOSIS":"long"     with `texts: false` without DIAGNOSIS
//   index    9: print of the event, print of the names, {"TITLE":"t"}
//
// The next time the same bytes give the same print, and no event. Other names in `enrich` change the value alone.

#include "services/knowledge_base/document.hpp"

#include "base/fingerprint.hpp"
#include "base/number.hpp"
#include "base/text.hpp"
#include "services/changes/json_members.hpp"
#include "services/knowledge_base/endpoint.hpp"
#include "services/knowledge_base/entry.hpp"
#include "services/knowledge_base/vocabulary.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace qdc::services
{
namespace
{

constexpr std::size_t ready_limit = 96 * 1024;  // as for hosts: enough for one send

constexpr std::array<std::string_view, 3> long_texts{"DIAGNOSIS", "CONSEQUENCE", "SOLUTION"};

/// The event without the members that `texts: false` leaves out.
std::string without_texts(std::string_view event)
{
    std::string out = "{";
    json_members members(event);
    for (json_member member; members.next(member);)
    {
        if (std::find(long_texts.begin(), long_texts.end(), member.name) != long_texts.end())
            continue;
        if (out.size() > 1)
            out += ',';
        out += '"';
        out += member.name;
        out += "\":";
        out += member.value;
    }
    return out;
}

}  // namespace

kb_document::kb_document(
    const kb_options& options, decode::element_names& names, devo::event_writer& events, knowledge& known, tally& counts
)
    : answer_document(endpoints::knowledge_base.root),
      options_(options),
      names_(names),
      events_(events),
      known_(known),
      names_print_(print_of_names(known.members)),
      counts_(counts),
      vuln_(names)
{
    names_.trim();
}

bool kb_document::wants_pause() const
{
    return events_.ready_bytes() >= ready_limit;
}

void kb_document::open(std::string_view name, const char* const* attributes, std::size_t depth)
{
    // Entries follow.
    if (place_ == place::elsewhere && depth == 3 && name == "VULN_LIST")
    {
        place_ = place::list;
    }
    // An entry begins, and its members go straight into its JSON.
    else if (place_ == place::list && depth == 4 && name == "VULN")
    {
        place_ = place::entry;
        qid_ = 0;
        vuln_.begin(attributes);
    }
    // A member of the entry, at any depth.
    else if (place_ == place::entry)
    {
        vuln_.start(name.data(), attributes);  // Expat's own, with a zero at its end
        write_into(vuln_);
    }
}

void kb_document::close(std::string_view name, std::size_t depth)
{
    // The entry is complete. Any other end inside of it is that of a member.
    if (place_ == place::entry && depth == 4)
        end_entry();
    else if (place_ == place::entry)
        end_member(name);
    else if (place_ == place::list && depth == 3)
        place_ = place::elsewhere;
}

void kb_document::end_member(std::string_view name)
{
    if (name == "QID")
        qid_ = number_in<std::uint64_t>(vuln_.open_text()).value_or(0);
    vuln_.end();
}

void kb_document::end_entry()
{
    place_ = place::list;
    note_drift();
    // Without a QID nobody could ask for it again, and nothing could refer to it.
    if (qid_ == 0)
        throw boost::system::system_error(errc::xml_malformed, "a VULN without QID");
    ++counts_.received;
    ++read_;
    note_place();

    // What the detections' members are made of is everything; what the event shows, less with `texts: false`.
    const auto full = vuln_.object();
    const auto cut = options_.texts ? std::string() : without_texts(full);
    const auto event = options_.texts ? full : std::string_view(cut);
    const auto members = joined_members(full, known_.members);
    const kb_entry now{fingerprint(event), names_print_, members};

    // The same event was sent before, though its members may be others now.
    const auto bytes = known_.index.find(qid_);
    const auto before = decode_kb_entry(bytes.value_or(""));
    const bool is_new = !before || before->event != now.event;
    const bool is_sent = is_new && options_.deliver;
    // What is sent becomes known when its event is in the outbox; what is not sent, at once.
    if (before != now && is_sent)
        waiting_.emplace_back(qid_, encode(now));
    else if (before != now)
        put(qid_, encode(now));
    // Detections need not ask for it any more.
    known_.missing.came(qid_);
    if (is_sent)
        events_.add({event});
    else
        ++(is_new ? counts_.filtered : counts_.duplicate);
}

void kb_document::put(std::uint64_t qid, std::string entry)
{
    known_.index.put(qid, std::move(entry));
    ++known_.revision;
}

void kb_document::note_place()
{
    // Only while QIDs ascend, the last one means that all in front of it came.
    ascends_ = ascends_ && qid_ > last_;
    last_ = std::max(last_, qid_);
}

void kb_document::note_drift()
{
    // Counters of the parts only grow, and each call adds what came since the last one.
    const auto& names = names_.first_unknown();
    for (; names_noted_ < names.size(); ++names_noted_)
        counts_.unknown_names.note(names[names_noted_]);
    const auto unknown = vuln_.unknown();
    counts_.unknown_elements += unknown - std::exchange(unknown_counted_, unknown);
    const auto cut = vuln_.cut();
    counts_.cut_fields += cut - std::exchange(cut_counted_, cut);
}

std::optional<std::uint64_t> kb_document::take()
{
    // The events are in the outbox: from now on they count as sent.
    for (auto& [qid, entry] : std::exchange(waiting_, {}))
        put(qid, std::move(entry));
    return end();
}

std::optional<std::uint64_t> kb_document::end() const
{
    return ascends_ && last_ != 0 ? std::optional(last_ + 1) : std::nullopt;
}

kb_answer::kb_answer(const kb_options& options, devo::event_writer& events, knowledge& known, tally& counts)
    : xml_answer(document_, parser_),
      names_(kb_vocabulary()),
      document_(options, *names_, events, known, counts),
      parser_(document_)
{
}

}  // namespace qdc::services
