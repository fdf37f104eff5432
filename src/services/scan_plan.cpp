#include "services/scan_plan.hpp"

#include "services/state_members.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <utility>

namespace qdc::services
{
namespace
{

namespace json = boost::json;

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

/// One member of "waiting".
bool read_waiting(const json::object& from, utc_time& launched, handed_rows& handed_out)
{
    std::optional<utc_time> date;
    const auto* const rows = from.if_contains("rows");
    const auto* const print = from.if_contains("print");
    if (!read_member(from, "launched", date) || !date || rows == nullptr || !rows->is_int64() || print == nullptr ||
        !print->is_string())
        return false;
    const auto chained = parse_print(print->get_string());
    launched = *date;
    handed_out = {static_cast<std::uint64_t>(rows->get_int64()), chained.value_or(0)};
    return chained && rows->get_int64() >= 0;
}

}  // namespace

scan_plan::scan_plan(const service_options& options)
    : start_(options.start_time),
      window_(options.launch_window),
      overlap_(options.overlap),
      until_(options.until)
{
}

bool scan_plan::restore(std::string_view state)
{
    error_code failure;
    const auto parsed = json::parse(state, failure);
    const auto* const object = failure ? nullptr : parsed.if_object();
    if (object == nullptr)
        return false;
    const auto* const done = object->if_contains("done");
    const auto* const waiting = object->if_contains("waiting");
    std::optional<utc_time> start;
    scan_plan saved = *this;
    if (!read_member(*object, "start_time_utc", start) || !read_member(*object, "mark", saved.mark_) ||
        !read_member(*object, "complete", saved.complete_) || !read_member(*object, "from", saved.from_) ||
        done == nullptr || !done->is_object() || waiting == nullptr || !waiting->is_object())
        return false;

    for (const auto& [reference, member] : done->get_object())
    {
        std::optional<utc_time> launched;
        if (!read_member(done->get_object(), reference, launched) || !launched)
            return false;
        saved.done_.emplace(reference, *launched);
    }
    for (const auto& [reference, member] : waiting->get_object())
    {
        unfinished scan{};
        if (!member.is_object() || !read_waiting(member.get_object(), scan.launched, scan.handed_out))
            return false;
        saved.waiting_.emplace(reference, scan);
    }
    if (start == start_)
        *this = std::move(saved);
    return true;
}

std::string scan_plan::state() const
{
    json::object done;
    for (const auto& [reference, launched] : done_)
        done[reference] = utc_seconds(launched);
    json::object waiting;
    for (const auto& [reference, scan] : waiting_)
        waiting[reference] = {
            {"launched", utc_seconds(scan.launched)},
            {"rows", scan.handed_out.rows},
            {"print", print_member(scan.handed_out.print)},
        };
    const json::object object{
        {"start_time_utc", date_member(start_)},
        {"mark", date_member(mark_)},
        {"complete", date_member(complete_)},
        {"from", date_member(from_)},
        {"done", std::move(done)},
        {"waiting", std::move(waiting)},
    };
    return json::serialize(object);
}

void scan_plan::mark_at(utc_time mark, const std::vector<std::string>& references)
{
    mark_ = complete_ = from_ = mark;
    for (const auto& reference : references)
        done_.emplace(reference, mark);
}

void scan_plan::begin(utc_time now)
{
    look_ = std::chrono::floor<std::chrono::seconds>(now);
    due_.clear();
    next_ = 0;
    skipped_ = false;
    if (!from_)
        from_ = start_.value_or(look_ - first_reach);
    else if (mark_)
        from_ = std::max(*from_, std::min(look_ - window_, *mark_ - overlap_));
    std::erase_if(done_, [this](const auto& scan) { return scan.second < *from_; });
}

utc_time scan_plan::list_from() const
{
    auto earliest = *from_;
    for (const auto& [reference, scan] : waiting_)
        earliest = std::min(earliest, scan.launched);
    return earliest;
}

void scan_plan::take_list(const std::vector<listed_scan>& scans)
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
            done_.emplace(scan.reference, launched);
            continue;
        }
        const auto handed_out = known != waiting_.end() ? known->second.handed_out : handed_rows();
        const bool first = seen.emplace(scan.reference, unfinished{launched, handed_out}).second;
        if (first && has_ended(scan))
            due.emplace_back(launched, scan.reference);
    }
    waiting_ = std::move(seen);
    std::sort(due.begin(), due.end());
    for (auto& [launched, reference] : due)
        due_.push_back(std::move(reference));
    mark_ = std::max(mark_.value_or(look_), look_);
    close_look();
}

const std::string* scan_plan::next() const
{
    return next_ < due_.size() ? &due_[next_] : nullptr;
}

handed_rows& scan_plan::handed_out()
{
    return waiting_.find(due_[next_])->second.handed_out;
}

void scan_plan::finish_next()
{
    const auto scan = waiting_.find(due_[next_]);
    done_.emplace(scan->first, scan->second.launched);
    waiting_.erase(scan);
    ++next_;
    close_look();
}

void scan_plan::skip_next()
{
    skipped_ = true;
    ++next_;
}

void scan_plan::close_look()
{
    if (next_ == due_.size() && !skipped_)
        complete_ = mark_;
}

}  // namespace qdc::services
