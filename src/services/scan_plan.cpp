// How lists become fetches. The launch window is 30 days, and each cycle lists it again:
//
//   cycle    the list names                         fetched          done        waiting
//   Jan 10   A Finished, B Running                  A                A           B
//   Jan 11   A, B Finished, C Finished + No_Host    B                A B C       –
//   Jan 12   A, B, C, D Finished (does not come)    D: quarantine    A B C       D
//   Jan 13   A, B, C, D, E Finished                 E, then D alone  A B C E     D
//   Feb 11   E Finished, F Running                  –                E           F
//
// On Feb 11 the window begins on Jan 12, behind the launches of A, B and C, so they are forgotten. The list lacks D, so
// Qualys has it no more, and nothing waits for it.

#include "services/scan_plan.hpp"

#include <algorithm>
#include <utility>

namespace qdc::services
{
namespace
{

constexpr std::chrono::seconds first_reach{30 * 24 * 3600};

/// Cancelled, paused and failed scans have partial results too; only a finished one's are all there.
bool has_ended(const listed_scan& scan)
{
    return scan.state == "Finished";
}

/// No host answered, so there are no findings. No_Vuln does not say that: information gathered is a finding too.
bool is_empty(const listed_scan& scan)
{
    return scan.sub_state == "No_Host";
}

}  // namespace

scan_plan::scan_plan(const service_options& options)
    : start_(options.start_time),
      window_(options.launch_window),
      overlap_(options.overlap),
      until_(options.until),
      seed_(options.seed)
{
}

void scan_plan::mark_at(utc_time mark, const std::vector<std::string>& references)
{
    mark_ = complete_ = from_ = mark;
    for (const auto& reference : references)
        add_done(reference, mark);
}

void scan_plan::begin(utc_time now)
{
    look_ = std::chrono::floor<std::chrono::seconds>(now);
    due_.clear();
    first_open_ = 0;
    row_.reset();
    if (!from_)
        // The first window: from the configured start, or as far back as first_reach.
        from_ = start_.value_or(look_ - first_reach);
    // Behind the last look nothing may be skipped, however long the collector was away; and it never slides back.
    else if (mark_)
        from_ = std::max(*from_, std::min(look_ - window_, *mark_ - overlap_));
    // What was launched in front of the window is not listed any more, so it need not be known as done.
    drop_base();
    forget_done_before(*from_);
}

void scan_plan::vouch(utc_time source_now)
{
    look_ = std::min<utc_time>(look_, std::chrono::floor<std::chrono::seconds>(source_now));
}

utc_time scan_plan::list_from() const
{
    auto earliest = *from_;
    for (const auto& [reference, scan] : waiting_)
        earliest = std::min(earliest, scan.launched);
    return earliest;
}

void scan_plan::take_list(const std::vector<listed_scan>& scans, list_extent extent)
{
    // `seen` becomes the new waiting_: what the list does not name any more drops out with the old one.
    std::map<std::string, unfinished, std::less<>> seen;
    std::vector<std::pair<utc_time, std::string>> due;
    for (const auto& scan : scans)
    {
        // Delivered already: each scan is fetched once.
        if (done_.contains(scan.reference))
            continue;
        const auto known = waiting_.find(scan.reference);
        // A date that cannot be read must not hide a scan: then the latest possible one stands in for it.
        const auto launched = known != waiting_.end() ? known->second.launched : scan.launched.value_or(look_);
        // A scan outside of the window is only of interest when it was seen unfinished before.
        const bool in_window = launched >= *from_ && (!until_ || launched <= *until_);
        if (known == waiting_.end() && !in_window)
            continue;
        // It is done without a fetch: there would be nothing in it.
        if (has_ended(scan) && is_empty(scan))
        {
            add_done(scan.reference, launched);
            continue;
        }
        // What went out of it before an interruption is known, so the fetch does not repeat that.
        const auto handed_out = known != waiting_.end() ? known->second.handed_out : handed_rows();
        // A list in parts may name a scan twice, which is one fetch.
        const bool first = seen.emplace(scan.reference, unfinished{launched, handed_out}).second;
        if (first && has_ended(scan))
            due.emplace_back(launched, scan.reference);
    }
    // Those that a part does not name may stand in the rest.
    if (extent == list_extent::part)
        seen.insert(waiting_.begin(), waiting_.end());
    waiting_ = std::move(seen);
    // The oldest launch goes first; those in quarantine go behind all others, each once.
    std::sort(due.begin(), due.end());
    for (const bool probe : {false, true})
        for (const auto& [launched, reference] : due)
            if (quarantine_.contains(reference) == probe)
                due_.push_back({reference, probe});
    // Only a list that is complete says which scans are gone, and counts as a look.
    if (extent == list_extent::whole)
    {
        forget_unlisted();
        mark_ = std::max(mark_.value_or(look_), look_);
    }
    // The state can name the fetches by their places now. Without any fetch the look is complete at once.
    make_base();
    close_look();
}

/// Qualys has no such scan any more.
void scan_plan::forget_unlisted()
{
    std::vector<std::string> gone;
    for (const auto& [reference, one] : quarantine_.all())
        if (!waiting_.contains(reference))
            gone.push_back(reference);
    for (const auto& reference : gone)
        quarantine_.leave(reference);
}

std::optional<std::size_t> scan_plan::next() const
{
    for (auto fetch = first_open_; fetch < due_.size(); ++fetch)
        if (due_[fetch].now == stage::waiting)
            return fetch;
    return std::nullopt;
}

std::optional<std::size_t> scan_plan::first_open() const
{
    return first_open_ < due_.size() ? std::optional(first_open_) : std::nullopt;
}

void scan_plan::begin_fetch(std::size_t fetch)
{
    due_[fetch].now = stage::under_way;
}

void scan_plan::put_back(std::size_t fetch)
{
    due_[fetch].now = stage::waiting;
    first_open_ = std::min(first_open_, fetch);
}

handed_rows scan_plan::handed_out(std::size_t fetch) const
{
    return waiting_.find(due_[fetch].reference)->second.handed_out;
}

void scan_plan::set_handed_out(std::size_t fetch, const handed_rows& rows)
{
    // While there is a base, the state names this scan behind it, with what has changed.
    auto& [reference, scan] = *waiting_.find(due_[fetch].reference);
    if (scan.handed_out != rows)
        changed_.insert(reference);
    scan.handed_out = rows;
}

bool scan_plan::finish(std::size_t fetch)
{
    // An answer that came complete shows that the endpoint works.
    row_.reset();
    const auto scan = waiting_.find(due_[fetch].reference);
    add_done(scan->first, scan->second.launched);
    changed_.erase(scan->first);
    waiting_.erase(scan);
    // In the state its place is enough: the base has its name.
    delivered_.add(fetch);
    end_fetch(fetch);
    close_look();
    return quarantine_.leave(due_[fetch].reference);
}

bool scan_plan::leave_out(std::size_t fetch, utc_time now, const std::string& reason)
{
    const bool probe = due_[fetch].probe;
    const auto& reference = due_[fetch].reference;
    // A probe that fails stays in quarantine; another scan goes there, unless too many in a row fail.
    if (probe || (row_.add(fetch) && quarantine_.add(reference, {now, reason})))
    {
        end_fetch(fetch);
        close_look();
        return true;
    }
    // The endpoint is at fault: the scans of the row are fetched again in this cycle.
    for (const auto earlier : row_.take_back())
    {
        quarantine_.leave(due_[earlier].reference);
        put_back(earlier);
    }
    return false;
}

void scan_plan::end_fetch(std::size_t fetch)
{
    due_[fetch].now = stage::over;
    // Several fetches may be under way, so they do not end in their order.
    while (first_open_ < due_.size() && due_[first_open_].now == stage::over)
        ++first_open_;
}

void scan_plan::close_look()
{
    if (first_open_ != due_.size())
        return;
    // All that this look saw is delivered, so the state goes back to its short form.
    complete_ = mark_;
    drop_base();
}

}  // namespace qdc::services
