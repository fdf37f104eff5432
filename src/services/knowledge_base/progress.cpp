// How ids become slices, and how a slice that does not come is halved. The list gave the first ids 1, 4001 and 9001:
//
//   event                              ends_                       slice()         next_
//   the list came                      4000 9000 none              1 … 4000        1
//   1 … 4000 does not come             2000 4000 9000 none         1 … 2000        1
//   nor does 1 … 2000                  1000 2000 4000 9000 none    1 … 1000        1
//   1 … 1000 came                      2000 4000 9000 none         1001 … 2000     1001
//   cut: entries up to 1299 came       2000 4000 9000 none         1300 … 2000     1300
//   halved again and again             1300 1301 1302 1305 …       1300 alone      1300
//   three failures: quarantine         1301 1302 1305 …            1301 alone      1301
//
// Each slice begins where the one before ended, so only the ends are kept. With QID 1302 in quarantine the slice 1300 …
// 1400 becomes 1300 … 1301, and the next one begins at 1303.

#include "services/knowledge_base/progress.hpp"

#include "services/state_members.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <utility>

namespace qdc::services
{
namespace
{

namespace json = boost::json;
using std::chrono::floor;
using std::chrono::seconds;

constexpr std::uint64_t numbers_per_slice = 50'000;
// Nobody has QIDs beyond: a number that makes no sense must not be the end of a search.
constexpr std::uint64_t most_numbers = 100'000'000;
constexpr std::uint32_t most_empty_slices = 20;  // in a row, behind the last known QID
constexpr std::uint32_t tries_alone = 3;
// Of a list that is cut again and again; what is behind them is one slice.
constexpr std::uint32_t most_list_parts = 1000;
// A slice without an end is halved as if it had so many numbers: QIDs have six digits, mostly.
constexpr std::uint64_t usual_numbers = 1u << 20;

}  // namespace

kb_progress::kb_progress(const service_options& options)
    : start_(options.start_time),
      settle_(options.settle_delay),
      overlap_(options.overlap),
      fixed_until_(options.until)
{
}

bool kb_progress::restore(std::string_view state)
{
    const auto object = parse_state(state);
    if (!object)
        return false;
    std::optional<utc_time> start;
    auto saved = *this;
    const auto next = number_member(*object, "next_qid");
    const auto* const entries = object->if_contains("quarantine");
    if (!read_member(*object, "start_time_utc", start) || !read_member(*object, "mark", saved.mark_) ||
        !read_member(*object, "from", saved.from_) || !read_member(*object, "until", saved.until_) || !next ||
        entries == nullptr || !entries->is_array())
        return false;
    // QIDs in quarantine outlive a restart.
    for (const auto& each : entries->get_array())
    {
        const auto* const entry = each.if_object();
        std::optional<utc_time> since;
        const auto qid = entry != nullptr ? number_member(*entry, "qid") : std::nullopt;
        if (!qid || !read_member(*entry, "since", since))
            return false;
        saved.quarantine_[*qid] = {since.value_or(utc_time()), std::string(text_member(*entry, "reason")), false};
    }
    // These may be missing: then it is not known which index the state belongs to.
    saved.restored_index_ = number_member(*object, "index");
    saved.members_ = parse_print(text_member(*object, "members")).value_or(0);
    saved.open_ = flag_member(*object, "open");
    saved.complete_ = flag_member(*object, "complete");
    saved.next_ = std::max<std::uint64_t>(*next, 1);
    // A window that is open has an end.
    if (saved.open_ && !saved.until_)
        return false;
    if (start == start_)  // a changed start begins again
        *this = std::move(saved);
    return true;
}

std::string kb_progress::state(std::uint64_t index) const
{
    json::array out_of_reach;
    for (const auto& [qid, entry] : quarantine_)
        out_of_reach.push_back(json::object{{"qid", qid}, {"since", date_member(entry.since)}, {"reason", entry.reason}}
        );
    return json::serialize(json::object{
        {"start_time_utc", date_member(start_)},
        {"mark", date_member(mark_)},
        {"index", index},
        {"members", print_member(members_)},
        {"open", open_},
        {"complete", complete_},
        {"from", date_member(from_)},
        {"until", date_member(until_)},
        {"next_qid", next_},
        {"quarantine", std::move(out_of_reach)}});
}

void kb_progress::pull_again()
{
    mark_.reset();
    open_ = false;
}

void kb_progress::begin_cycle(utc_time now, std::optional<utc_time> source_now)
{
    // Each of those in quarantine gets one try in this cycle.
    for (auto& [qid, entry] : quarantine_)
        entry.tried = false;
    // Slices are not saved: in a new cycle the rest of an open window is listed again.
    ends_.clear();
    listed_ = by_number_ = false;
    list_from_ = list_parts_ = 0;
    empty_row_ = failed_alone_ = 0;
    if (!open_)
    {
        open_ = true;
        next_ = 1;
        row_.reset();
        // The earlier of the two clocks: a window must not end in Qualys' future.
        until_ = fixed_until_.value_or(floor<seconds>(std::min(now, source_now.value_or(now))) - settle_);
        // A clock that was ahead has left a mark in the future: what was asked for ends where it is right.
        if (mark_ && *mark_ - overlap_ > *until_)
            mark_ = until_;
        // With nothing known, and no start configured, everything is asked for.
        from_ = mark_ ? std::optional(*mark_ - overlap_) : start_;
        complete_ = !from_;
        if (from_)
            until_ = std::max(*until_, *from_);
    }
    // An update is one slice; the list of ids shows what a complete pull consists of.
    if (!complete_)
        ends_.push_back(std::nullopt);
    settle();
}

void kb_progress::vouch(utc_time source_now)
{
    // The end only moves back, never in front of the beginning. What was modified behind it belongs to the next update.
    if (open_ && !fixed_until_)
        until_ =
            std::max(std::min<utc_time>(*until_, floor<seconds>(source_now) - settle_), from_.value_or(utc_time()));
}

void kb_progress::list_came(
    const std::vector<std::uint64_t>& first_ids, std::uint64_t last_id, std::optional<std::uint64_t> rest
)
{
    last_known_ = std::max(last_known_, std::min(last_id, most_numbers));
    // What the list does not name is in some slice nevertheless: a wrong list costs time, never an entry.
    for (std::size_t place = list_parts_ == 0 ? 1 : 0; place < first_ids.size(); ++place)
        // In front of next_ everything is taken already; and ends ascend.
        if (first_ids[place] > next_ && (ends_.empty() || first_ids[place] - 1 > *ends_.back()))
            ends_.emplace_back(first_ids[place] - 1);
    // The list is not complete: what it has not named yet makes slices too.
    if (rest && ++list_parts_ < most_list_parts)
    {
        list_from_ = *rest;
        return;
    }
    listed_ = true;
    // QIDs that came into being after the list are in the last slice, which has no end.
    ends_.push_back(std::nullopt);
    settle();
}

void kb_progress::list_refused()
{
    // The first slice of 50,000 numbers; settle() adds the next ones.
    listed_ = by_number_ = true;
    // Parts of a list may have come.
    ends_.clear();
    ends_.emplace_back(next_ + numbers_per_slice - 1);
    settle();
}

std::optional<kb_slice> kb_progress::slice() const
{
    if (!open_ || ends_.empty())
        return std::nullopt;
    // There is no parameter that leaves a QID out: the slice ends in front of it.
    const auto around = quarantine_.lower_bound(next_);
    if (around != quarantine_.end() && (!ends_.front() || around->first <= *ends_.front()))
        return kb_slice{next_, around->first - 1};
    return kb_slice{next_, ends_.front()};
}

/// Brings next_ to a QID that can be asked for, and the window to its end when there is none. By numbers there is
/// always another slice, until too many were empty.
void kb_progress::settle()
{
    while (!ends_.empty())
    {
        // The front slice is done when next_ is behind its end.
        const bool behind = ends_.front() && next_ > *ends_.front();
        if (!behind && !quarantine_.contains(next_))
            return;
        // A QID in quarantine is passed by.
        if (!behind)
        {
            ++next_;
            continue;
        }
        // The next slice begins at next_ by itself.
        ends_.pop_front();
        if (ends_.empty() && by_number_ && (empty_row_ < most_empty_slices || next_ <= last_known_))
            ends_.emplace_back(next_ + numbers_per_slice - 1);
    }
    // No slice is left. Of a complete pull that only says something once its list is there.
    if (open_ && (listed_ || !complete_))
        close();
}

void kb_progress::took(std::uint64_t next)
{
    last_known_ = std::max(last_known_, std::min(next - 1, most_numbers));
    // A slice that was cut behind its last entry is asked for that one again: how an answer ends is part of it.
    if (const auto end = slice())
        next_ = std::max(next_, end->last ? std::min(next, *end->last) : next);
}

void kb_progress::slice_came(const kb_slice& asked, std::uint64_t entries)
{
    // An answer that came complete shows that the endpoint works: hence new counts of failures.
    row_.reset();
    failed_alone_ = 0;
    empty_row_ = entries == 0 ? empty_row_ + 1 : 0;
    // A slice without an end was all that is left.
    if (asked.last)
        next_ = *asked.last + 1;
    else
        ends_.clear();
    settle();
}

void kb_progress::slice_goes_on(std::uint64_t next)
{
    row_.reset();
    failed_alone_ = empty_row_ = 0;
    next_ = std::max(next_, next);
    settle();
}

void kb_progress::close()
{
    open_ = complete_ = false;
    // Everything up to the end of the window is delivered: the next one is an update from there.
    mark_ = until_;
    from_.reset();
    until_.reset();
    next_ = 1;
}

what_next kb_progress::slice_failed(const call_failure& failure)
{
    // What is refused for all QIDs does not come in smaller slices.
    if (failure.lasting && !failure.record)
        return what_next::give_up;
    // The same slice again: its size is not at fault.
    if (!failure.smaller && !failure.record)
        return what_next::again;
    // One QID alone is tried three times, then it is under suspicion.
    const auto front = *slice();
    if (front.last == front.first)
        return ++failed_alone_ < tries_alone ? what_next::again : what_next::suspect;
    // Halved by number. One without an end is cut behind what is known.
    failed_alone_ = 0;
    const auto end = front.last.value_or(std::max(last_known_, front.first + usual_numbers));
    ends_.emplace_front(front.first + (end - front.first) / 2);
    return what_next::smaller;
}

what_next kb_progress::leave_out(const call_failure& failure)
{
    const auto qid = slice()->first;
    failed_alone_ = 0;
    // A sixth in a row: the endpoint is at fault, so the walk goes back to the lowest of those that were blamed.
    if (!row_.add(qid))
    {
        for (const auto blamed : row_.take_back())
        {
            quarantine_.erase(blamed);
            next_ = std::min(next_, blamed);
        }
        return failure.lasting ? what_next::give_up : what_next::again;
    }
    // It was tried in this cycle. settle() moves the walk behind it.
    quarantine_[qid] = {floor<seconds>(failure.now), failure.reason, true};
    settle();
    return what_next::left_out;
}

std::optional<std::uint64_t> kb_progress::probe() const
{
    for (const auto& [qid, entry] : quarantine_)
        if (!entry.tried)
            return qid;
    return std::nullopt;
}

void kb_progress::probed(std::uint64_t qid, bool came)
{
    if (came)
        quarantine_.erase(qid);
    else if (const auto found = quarantine_.find(qid); found != quarantine_.end())
        found->second.tried = true;
}

std::vector<quarantined> kb_progress::in_quarantine() const
{
    std::vector<quarantined> all;
    for (const auto& [qid, entry] : quarantine_)
        all.push_back({"QID", std::to_string(qid), entry.since, entry.reason});
    return all;
}

std::optional<utc_time> kb_progress::modified_before() const
{
    return from_ || fixed_until_ ? until_ : std::nullopt;
}

}  // namespace qdc::services
