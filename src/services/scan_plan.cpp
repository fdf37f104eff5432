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
        from_ = start_.value_or(look_ - first_reach);
    else if (mark_)
        from_ = std::max(*from_, std::min(look_ - window_, *mark_ - overlap_));
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
    std::map<std::string, unfinished, std::less<>> seen;
    std::vector<std::pair<utc_time, std::string>> due;
    for (const auto& scan : scans)
    {
        if (done_.contains(scan.reference))
            continue;
        const auto known = waiting_.find(scan.reference);
        // A date that cannot be read must not hide a scan: then the latest possible one stands in for it.
        const auto launched = known != waiting_.end() ? known->second.launched : scan.launched.value_or(look_);
        const bool in_window = launched >= *from_ && (!until_ || launched <= *until_);
        if (known == waiting_.end() && !in_window)
            continue;
        if (has_ended(scan) && is_empty(scan))
        {
            add_done(scan.reference, launched);
            continue;
        }
        const auto handed_out = known != waiting_.end() ? known->second.handed_out : handed_rows();
        const bool first = seen.emplace(scan.reference, unfinished{launched, handed_out}).second;
        if (first && has_ended(scan))
            due.emplace_back(launched, scan.reference);
    }
    if (extent == list_extent::part)
        seen.insert(waiting_.begin(), waiting_.end());
    waiting_ = std::move(seen);
    std::sort(due.begin(), due.end());
    for (const bool probe : {false, true})
        for (const auto& [launched, reference] : due)
            if (quarantine_.contains(reference) == probe)
                due_.push_back({reference, probe});
    if (extent == list_extent::whole)
    {
        forget_unlisted();
        mark_ = std::max(mark_.value_or(look_), look_);
    }
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
    auto& [reference, scan] = *waiting_.find(due_[fetch].reference);
    if (scan.handed_out != rows)
        changed_.insert(reference);
    scan.handed_out = rows;
}

bool scan_plan::finish(std::size_t fetch)
{
    row_.reset();
    const auto scan = waiting_.find(due_[fetch].reference);
    add_done(scan->first, scan->second.launched);
    changed_.erase(scan->first);
    waiting_.erase(scan);
    delivered_.add(fetch);
    end_fetch(fetch);
    close_look();
    return quarantine_.leave(due_[fetch].reference);
}

bool scan_plan::leave_out(std::size_t fetch, utc_time now, const std::string& reason)
{
    const bool probe = due_[fetch].probe;
    const auto& reference = due_[fetch].reference;
    if (probe || (row_.add(fetch) && quarantine_.add(reference, {now, reason})))
    {
        end_fetch(fetch);
        close_look();
        return true;
    }
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
    while (first_open_ < due_.size() && due_[first_open_].now == stage::over)
        ++first_open_;
}

void scan_plan::close_look()
{
    if (first_open_ != due_.size())
        return;
    complete_ = mark_;
    drop_base();
}

}  // namespace qdc::services
