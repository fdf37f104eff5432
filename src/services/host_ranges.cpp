// How ids become ranges. The window is one range without an end and has been read up to 411; then the list of ids gives
// the places 1900 and 2900:
//
//   event                     ranges                                what is saved
//   the window opens          [0, no end]                           "next_host":0
//   read up to 411            [412, no end]                         "next_host":412
//   places 1900, 2900         [412, 1899], rest: 1900 2900          "next_host":412,"ranges":[[412,1899],[1900,0]]
//   another lane asks         [412, 1899] [1900, 2899], rest: 2900  …,"ranges":[[412,1899],[1900,2899],[2900,0]]
//   and one more              [412, 1899] [1900, 2899] [2900, no end]
//   [1900, 2899] is walked    [412, 1899] [2900, no end]            …,"ranges":[[412,1899],[2900,0]]

#include "services/host_ranges.hpp"

#include "services/state_members.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>
#include <utility>

namespace qdc::services
{
namespace
{

namespace json = boost::json;

/// A lane has one range open, and hosts that come out of quarantine have a few. More are no state of ours.
constexpr std::size_t range_limit = 1000;

struct saved_range
{
    std::uint64_t next{0};
    std::uint64_t last{0};
};

/// `[412,1899]`; nothing: it is something else.
std::optional<saved_range> read_range(const json::value& value)
{
    const auto* const pair = value.if_array();
    if (pair == nullptr || pair->size() != 2)
        return std::nullopt;
    const auto next = number_of(pair->at(0));
    const auto last = number_of(pair->at(1));
    return next && last ? std::optional(saved_range{*next, *last}) : std::nullopt;
}

/// Nothing: it is no list of ranges.
std::optional<std::vector<saved_range>> read_ranges(const json::value& value)
{
    const auto* const array = value.if_array();
    if (array == nullptr || array->size() > range_limit)
        return std::nullopt;
    std::vector<saved_range> all;
    for (const auto& one : *array)
    {
        const auto range = read_range(one);
        if (!range)
            return std::nullopt;
        all.push_back(*range);
    }
    return all;
}

/// The range without an end; nullptr: all have one.
auto* endless_of(auto& ranges)
{
    const auto found =
        std::ranges::find_if(ranges, [](const host_range& range) { return !range.walked && !range.is_bounded(); });
    return found == ranges.end() ? nullptr : &*found;
}

/// What read_range() reads: an end of 0 stands for none.
std::string range_text(std::uint64_t next, std::uint64_t last)
{
    return '[' + std::to_string(next) + ',' + std::to_string(last == no_last_host ? 0 : last) + ']';
}

}  // namespace

host_range& host_ranges::add(std::uint64_t first, std::uint64_t last, page_size size)
{
    host_range range{first, {}, size};
    range.progress.cursor.last = last;
    range.progress.begin_page(first);
    ranges_.push_back(std::move(range));
    return ranges_.back();
}

void host_ranges::open(std::uint64_t first, page_size size)
{
    ranges_.clear();
    rest_.clear();
    // A list that gave nothing in the last window may help in this one.
    no_list_ = false;
    add(first, no_last_host, size);
}

void host_ranges::begin_cycle()
{
    no_list_ = false;
    for (auto& range : ranges_)
        range.suspect.reset();
}

bool host_ranges::restore(const json::object& state)
{
    const auto next = number_member(state, "next_host");
    if (!next)
        return false;
    // Older versions had one range without an end.
    const auto* const saved = state.if_contains("ranges");
    const auto ranges = saved != nullptr ? read_ranges(*saved) : std::vector<saved_range>{{*next, 0}};
    if (!ranges)
        return false;
    // All of it is good, so from here on what was there is replaced.
    open(0, configured_);
    ranges_.clear();
    for (const auto& [first, last] : *ranges)
    {
        // A range passes over hosts in front of it, which belong to others; in front of the lowest one nobody has any.
        const bool lowest = ranges_.empty();
        auto& range = add(first, last == 0 ? no_last_host : last, configured_);
        range.progress.cursor.low = lowest ? 0 : first;
    }
    return true;
}

std::string host_ranges::members() const
{
    auto text = "\"next_host\":" + std::to_string(first_open());
    std::string open;
    std::size_t count = 0;
    const auto add_range = [&open, &count](std::uint64_t next, std::uint64_t last)
    { open += (count++ == 0 ? "" : ",") + range_text(next, last); };
    // The open ranges, each from where it has to go on, and everything behind the last place as one without an end.
    for (const auto& range : ranges_)
        if (!range.walked && !range.is_past_end())
            add_range(range.progress.next, range.progress.cursor.last);
    if (!rest_.empty())
        add_range(rest_.front(), no_last_host);
    // One range without an end is what "next_host" alone says, and so is nothing at all.
    const bool plain = count == 0 ? all_walked() : count == 1 && (!rest_.empty() || endless_of(ranges_) != nullptr);
    return plain ? text : text + ",\"ranges\":[" + open + ']';
}

std::uint64_t host_ranges::first_open() const
{
    // The lowest of where the open ranges go on; what no range has yet lies behind all of them.
    std::optional<std::uint64_t> first;
    for (const auto& range : ranges_)
        if (!range.walked)
            first = std::min(first.value_or(range.progress.next), range.progress.next);
    if (!rest_.empty())
        first = std::min(first.value_or(rest_.front()), rest_.front());
    return first.value_or(0);
}

host_range* host_ranges::next()
{
    // A walked range is kept until its exchange has let go of it.
    std::erase_if(ranges_, [](const host_range& range) { return range.walked && !range.busy; });
    // A range that nobody walks goes first, so that few are open at a time.
    for (auto& range : ranges_)
        if (!range.busy && !range.walked)
            return &range;
    if (rest_.empty())
        return nullptr;
    // The next range goes from the first place to the one behind it; behind the last place it has no end.
    const auto first = rest_.front();
    rest_.pop_front();
    auto& range = add(first, rest_.empty() ? no_last_host : rest_.front() - 1, configured_);
    range.progress.cursor.low = first;
    return &range;
}

void host_ranges::end(host_range& range)
{
    range.walked = true;
    range.progress.restart(0);
}

bool host_ranges::all_walked() const
{
    return rest_.empty() && std::ranges::all_of(ranges_, &host_range::walked);
}

bool host_ranges::wants_list() const
{
    const auto* const range = endless_of(ranges_);
    return range != nullptr && range->busy && range->cut && !listing_ && !no_list_;
}

/// At the beginning of the page that is under way, so that the places are the ends of pages.
std::uint64_t host_ranges::list_from() const
{
    const auto* const range = endless_of(ranges_);
    return range == nullptr ? 0 : range->progress.cursor.begin;
}

void host_ranges::list_ends(const std::vector<std::uint64_t>& places)
{
    // Until a place is found, the list counts as one that gave nothing: asking again would give the same.
    listing_ = false;
    no_list_ = true;
    auto* const range = endless_of(ranges_);
    if (range == nullptr)
        return;
    // The page under way has an end from now on; what it has read already must lie in front of that.
    const auto& reached = range->progress;
    const auto& cursor = reached.cursor;
    const auto least = std::max({reached.next, cursor.next, cursor.end, cursor.edge + 1, cursor.begin + 1});
    // Without a place behind what was read, the page under way is the last one, or the list is old.
    const auto begin = std::ranges::lower_bound(places, least);
    if (begin == places.end())
        return;
    no_list_ = false;
    // The range ends in front of the place; the others wait until a lane asks for them.
    rest_.assign(begin, places.end());
    range->progress.cursor.last = *begin - 1;
}

void host_ranges::reopen(host_range& range, const std::vector<std::uint64_t>& ids)
{
    // Ids in the range move it back to the lowest of them; any other is a range of one host.
    std::optional<std::uint64_t> first;
    for (const auto id : ids)
    {
        if (id >= range.first && id <= range.progress.cursor.last)
            first = std::min(first.value_or(id), id);
        else
            add(id, id, configured_);
    }
    if (first)
        range.progress.restart(*first);
}

}  // namespace qdc::services
