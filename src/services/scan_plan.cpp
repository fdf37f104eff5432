#include "services/scan_plan.hpp"

#include "base/json_text.hpp"
#include "services/state_members.hpp"

#include <boost/json/object.hpp>

#include <algorithm>
#include <utility>

namespace qdc::services
{
namespace
{

namespace json = boost::json;

// Of a member of the state, roughly.
constexpr std::size_t usual_member = 64;

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

/// One member of "waiting": its launch alone, or what was handed out too.
bool read_waiting(const json::object& from, std::string_view reference, utc_time& launched, handed_rows& handed_out)
{
    const auto* const object = from.at(reference).if_object();
    std::optional<utc_time> date;
    if (object == nullptr)
    {
        if (!read_member(from, reference, date) || !date)
            return false;
        launched = *date;
        return true;
    }
    const auto* const rows = object->if_contains("rows");
    const auto* const print = object->if_contains("print");
    if (!read_member(*object, "launched", date) || !date || rows == nullptr || !rows->is_int64() || print == nullptr ||
        !print->is_string())
        return false;
    const auto chained = parse_print(print->get_string());
    launched = *date;
    handed_out = {static_cast<std::uint64_t>(rows->get_int64()), chained.value_or(0)};
    return chained && rows->get_int64() >= 0;
}

/// `"scan/1":"2024-01-10T09:47:08Z"`
std::string member_text(std::string_view reference, utc_time launched)
{
    std::string text;
    append_json_string(text, reference);
    return text + ":\"" + utc_seconds(launched) + '"';
}

std::string member_text(std::string_view reference, utc_time launched, const handed_rows& handed_out)
{
    if (handed_out.rows == 0)
        return member_text(reference, launched);
    std::string text;
    append_json_string(text, reference);
    return text + R"(:{"launched":")" + utc_seconds(launched) + R"(","rows":)" + std::to_string(handed_out.rows) +
           R"(,"print":")" + print_member(handed_out.print) + "\"}";
}

void append_member(std::string& members, std::string_view member)
{
    if (!members.empty())
        members += ',';
    members += member;
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

bool scan_plan::restore(std::string_view state)
{
    const auto object = parse_state(state);
    if (!object)
        return false;
    const auto* const done = object->if_contains("done");
    const auto* const waiting = object->if_contains("waiting");
    std::optional<utc_time> start;
    scan_plan saved = *this;
    if (!read_seed(*object, saved.seed_) || !read_member(*object, "start_time_utc", start) ||
        !read_member(*object, "mark", saved.mark_) || !read_member(*object, "complete", saved.complete_) ||
        !read_member(*object, "from", saved.from_) || done == nullptr || !done->is_object() || waiting == nullptr ||
        !waiting->is_object())
        return false;

    for (const auto& [reference, member] : done->get_object())
    {
        std::optional<utc_time> launched;
        if (!read_member(done->get_object(), reference, launched) || !launched)
            return false;
        saved.add_done(reference, *launched);
    }
    for (const auto& [reference, member] : waiting->get_object())
    {
        unfinished scan{};
        if (!read_waiting(waiting->get_object(), reference, scan.launched, scan.handed_out))
            return false;
        scan.text = member_text(reference, scan.launched, scan.handed_out);
        saved.waiting_.emplace(reference, std::move(scan));
    }
    const auto* const left_out = object->if_contains("quarantine");
    if (left_out != nullptr && !saved.quarantine_.restore(*left_out))
        return false;
    if (start == start_)
        *this = std::move(saved);
    return true;
}

/// Made for every scan, however many there are: so nothing is written anew but what changed.
std::string scan_plan::state() const
{
    std::string text = R"({"start_time_utc":")" + date_member(start_) + R"(","mark":")" + date_member(mark_) +
                       R"(","complete":")" + date_member(complete_) + R"(","from":")" + date_member(from_) +
                       R"(","seed":")" + print_member(seed_) + R"(","done":{)";
    text.reserve(text.size() + done_text_.size() + waiting_.size() * usual_member + usual_member);
    text += done_text_;
    text += R"(},"waiting":{)";
    std::string_view separator;
    for (const auto& [reference, scan] : waiting_)
    {
        text += separator;
        text += scan.text;
        separator = ",";
    }
    text += R"(},"quarantine":)";
    text += quarantine_.text();
    return text + '}';
}

void scan_plan::add_done(std::string_view reference, utc_time launched)
{
    if (done_.emplace(reference, launched).second)
        append_member(done_text_, member_text(reference, launched));
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
    std::erase_if(done_, [this](const auto& scan) { return scan.second < *from_; });
    done_text_.clear();
    for (const auto& [reference, launched] : done_)
        append_member(done_text_, member_text(reference, launched));
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
            add_done(scan.reference, launched);
            continue;
        }
        const auto handed_out = known != waiting_.end() ? known->second.handed_out : handed_rows();
        const bool first =
            seen.emplace(
                    scan.reference, unfinished{launched, handed_out, member_text(scan.reference, launched, handed_out)}
            )
                .second;
        if (first && has_ended(scan))
            due.emplace_back(launched, scan.reference);
    }
    waiting_ = std::move(seen);
    std::sort(due.begin(), due.end());
    for (const bool probe : {false, true})
        for (const auto& [launched, reference] : due)
            if (quarantine_.contains(reference) == probe)
                due_.push_back({reference, probe});
    forget_unlisted();
    mark_ = std::max(mark_.value_or(look_), look_);
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
    scan.handed_out = rows;
    scan.text = member_text(reference, scan.launched, rows);
}

bool scan_plan::finish(std::size_t fetch)
{
    row_.reset();
    const auto scan = waiting_.find(due_[fetch].reference);
    add_done(scan->first, scan->second.launched);
    waiting_.erase(scan);
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
    if (first_open_ == due_.size())
        complete_ = mark_;
}

}  // namespace qdc::services
