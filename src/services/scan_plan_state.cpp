// How a scan_plan is saved, and taken up again.
//
// Between two cycles a state names each scan that is done or was seen unfinished:
//
//   {…,"done":{"scan/1":"2024-01-10T09:47:08Z"},"waiting":{"scan/2":"2024-01-10T10:00:00Z"},"quarantine":[]}
//
// While a list of many is fetched, what it says when the list came stands in front, as the base, and stays the same. Behind it
// stands what happened since: which of the waiting ones were delivered, by their places, and which were handed out in part.
//
//   {"base":{"done":{"scan/1":"…"},"waiting":{"scan/2":"…","scan/3":"…","scan/4":"…"}},
//    "delivered":[[0,1]],…,"done":{},"waiting":{"scan/4":{"launched":"…","rows":7,"print":"…"}},"quarantine":[]}

#include "base/json_text.hpp"
#include "services/scan_plan.hpp"
#include "services/state_members.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <utility>

namespace qdc::services
{
namespace
{

namespace json = boost::json;

/// Of so many scans a state is saved in parts: fewer are as quickly written.
constexpr std::size_t least_scans_of_base = 64;

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
std::string member_text(std::string_view reference, utc_time launched, const handed_rows& handed_out)
{
    std::string text;
    append_json_string(text, reference);
    if (handed_out.rows == 0)
        return text + ":\"" + date_member(launched) + '"';
    return text + R"(:{"launched":")" + date_member(launched) + R"(","rows":)" + std::to_string(handed_out.rows) +
           R"(,"print":")" + print_member(handed_out.print) + "\"}";
}

/// Appends a member, with a comma in front where it is not the first one.
void append_member(std::string& members, std::string_view member)
{
    if (!members.empty())
        members += ',';
    members += member;
}

/// Which of `count` waiting scans "delivered" names; nothing: it is something else.
std::optional<std::vector<bool>> read_delivered(const json::object& from, std::size_t count)
{
    // The places are checked against the base: a range that reaches beyond it belongs to another state.
    std::vector<bool> delivered(count);
    const auto* const value = from.if_contains("delivered");
    const auto* const ranges = value != nullptr ? value->if_array() : nullptr;
    if (ranges == nullptr)
        return std::nullopt;
    for (const auto& each : *ranges)
    {
        const auto* const range = each.if_array();
        if (range == nullptr || range->size() != 2 || !(*range)[0].is_int64() || !(*range)[1].is_int64())
            return std::nullopt;
        const auto first = (*range)[0].get_int64();
        const auto last = (*range)[1].get_int64();
        if (first < 0 || last < first || static_cast<std::size_t>(last) >= count)
            return std::nullopt;
        for (auto place = first; place <= last; ++place)
            delivered[static_cast<std::size_t>(place)] = true;
    }
    return delivered;
}

}  // namespace

bool scan_plan::restore(std::string_view state)
{
    const auto object = parse_state(state);
    if (!object)
        return false;
    const auto* const done = object_member(*object, "done");
    const auto* const waiting = object_member(*object, "waiting");
    std::optional<utc_time> start;
    scan_plan saved = *this;
    saved.drop_base();
    if (!read_seed(*object, saved.seed_) || !read_member(*object, "start_time_utc", start) ||
        !read_member(*object, "mark", saved.mark_) || !read_member(*object, "complete", saved.complete_) ||
        !read_member(*object, "from", saved.from_) || done == nullptr || waiting == nullptr)
        return false;

    // The base as it was when the list came, without what was delivered since; then what stands behind it.
    if (object->contains("base"))
    {
        const auto* const base = object_member(*object, "base");
        const auto* const base_done = base != nullptr ? object_member(*base, "done") : nullptr;
        const auto* const base_waiting = base != nullptr ? object_member(*base, "waiting") : nullptr;
        if (base_done == nullptr || base_waiting == nullptr)
            return false;
        const auto delivered = read_delivered(*object, base_waiting->size());
        if (!delivered || !saved.restore_done(*base_done) || !saved.restore_waiting(*base_waiting, *delivered))
            return false;
    }
    // What stands behind the base comes last, because it is newer: it replaces what the base says of the same scan.
    if (!saved.restore_done(*done) || !saved.restore_waiting(*waiting, std::vector<bool>(waiting->size())))
        return false;

    const auto* const left_out = object->if_contains("quarantine");
    if (left_out != nullptr && !saved.quarantine_.restore(*left_out))
        return false;
    // With another configured start the user wants another beginning: what was saved does not count.
    if (start == start_)
        *this = std::move(saved);
    return true;
}

bool scan_plan::restore_done(const json::object& members)
{
    for (const auto& [reference, member] : members)
    {
        std::optional<utc_time> launched;
        if (!read_member(members, reference, launched) || !launched)
            return false;
        add_done(reference, *launched);
    }
    return true;
}

bool scan_plan::restore_waiting(const json::object& members, const std::vector<bool>& delivered)
{
    std::size_t place = 0;
    for (const auto& [reference, member] : members)
    {
        unfinished scan{};
        if (!read_waiting(members, reference, scan.launched, scan.handed_out))
            return false;
        // Its place is named in "delivered": it was waiting when the list came, and is done by now.
        if (delivered[place++])
            add_done(reference, scan.launched);
        else
            waiting_.insert_or_assign(std::string(reference), scan);
    }
    return true;
}

void scan_plan::add_done(std::string_view reference, utc_time launched)
{
    if (done_.emplace(reference, launched).second)
        append_member(done_text_, member_text(reference, launched, {}));
}

void scan_plan::forget_done_before(utc_time launch)
{
    std::erase_if(done_, [launch](const auto& scan) { return scan.second < launch; });
    // The text is made again once in each cycle, not for each save.
    done_text_.clear();
    for (const auto& [reference, launched] : done_)
        append_member(done_text_, member_text(reference, launched, {}));
}

/// As members of the state.
std::string scan_plan::waiting_text() const
{
    std::string members;
    for (const auto& [reference, scan] : waiting_)
        append_member(members, member_text(reference, scan.launched, scan.handed_out));
    return members;
}

/// From now on the waiting scans are named by their places: the fetches first, so a fetch is its place.
void scan_plan::make_base()
{
    drop_base();
    if (due_.empty() || done_.size() + waiting_.size() < least_scans_of_base)
        return;
    // The order in which restore_waiting() counts places: first the fetches, by their numbers.
    std::string members;
    std::set<std::string_view> fetched;
    for (const auto& fetch : due_)
    {
        const auto& scan = waiting_.find(fetch.reference)->second;
        append_member(members, member_text(fetch.reference, scan.launched, scan.handed_out));
        fetched.insert(fetch.reference);
    }
    // Behind them the scans that have not ended, which no number names.
    for (const auto& [reference, scan] : waiting_)
        if (!fetched.contains(reference))
            append_member(members, member_text(reference, scan.launched, scan.handed_out));
    base_text_ = R"("base":{"done":{)" + done_text_ + R"(},"waiting":{)" + members + "}},";
}

void scan_plan::drop_base()
{
    base_text_.clear();
    delivered_.clear();
    changed_.clear();
}

/// Made for every scan: with a base nothing is written again but what changed since.
std::string scan_plan::state() const
{
    std::string head = R"("start_time_utc":")" + date_member(start_) + R"(","mark":")" + date_member(mark_) +
                       R"(","complete":")" + date_member(complete_) + R"(","from":")" + date_member(from_) +
                       R"(","seed":")" + print_member(seed_) + '"';
    const auto tail = R"("quarantine":)" + quarantine_.text() + '}';
    if (base_text_.empty())
        return '{' + head + R"(,"done":{)" + done_text_ + R"(},"waiting":{)" + waiting_text() + "}," + tail;

    // Of the waiting scans only those that are otherwise than in the base, mostly the one or two under way.
    std::string changed;
    for (const auto& reference : changed_)
    {
        const auto& scan = waiting_.find(reference)->second;
        append_member(changed, member_text(reference, scan.launched, scan.handed_out));
    }
    return '{' + base_text_ + R"("delivered":)" + delivered_.text() + ',' + head + R"(,"done":{},"waiting":{)" +
           changed + "}," + tail;
}

}  // namespace qdc::services
