#pragma once

#include "services/host_progress.hpp"
#include "services/host_quarantine.hpp"
#include "services/page_size.hpp"

#include <cstdint>
#include <deque>
#include <list>
#include <optional>
#include <string>
#include <vector>

namespace boost::json
{
class object;
}

namespace qdc::services
{

/// Hosts of a window that stand beside each other, pulled page by page up to the cursor's `last`.
struct host_range
{
    std::uint64_t first{0};  ///< the id at which it began
    host_progress progress;
    page_size size;
    std::optional<host_quarantine::entry> suspect{};  ///< to be left out as soon as its id is known
    bool busy{false};                                 ///< an exchange of it is under way
    bool walked{false};                               ///< its last page is done
    bool cut{false};                                  ///< one of its pages was: there is more than a page
    bool in_one_page{false};                          ///< all of it is asked for at once

    bool is_bounded() const noexcept { return progress.cursor.last != no_last_host; }

    bool is_past_end() const noexcept { return progress.next > progress.cursor.last; }
};

/// The ids of a window, in ranges that are pulled beside each other. Pure.
///
/// ```
///   ids  1 ─────────── 900 ─────── 1900 ─────── 2900 ───────────────▶
///        [ busy, next 412 ]        [ busy, 1900 ]
///                         walked                 rest, cut at 2900, 3900, 4900 …
/// ```
///
/// It begins as one range without an end. A list of ids, once there is one, gives the places at which it is cut; the ranges
/// behind the first one come into being as somebody asks for them. The last one has no end, so a list that is wrong or old
/// costs time, never a host. What is saved are the open ranges and the first id that no range has: a few numbers, however
/// big the window is. The places are not: after a restart the rest is listed again.
class host_ranges
{
public:
    explicit host_ranges(std::uint32_t page_size) : configured_(page_size) { open(0, services::page_size(page_size)); }

    /// One range with everything from `first` on.
    void open(std::uint64_t first, page_size size);

    /// A cycle begins: what an earlier one left open goes on.
    void begin_cycle();

    /// Reads the members "next_host" and "ranges" of a state. False: they are something else, and nothing was changed.
    bool restore(const boost::json::object& state);

    /// Those members: `"next_host":12`, and `,"ranges":[[12,99],[100,0]]` unless one range without an end is all. A range is
    /// its next and its last host; 0: it has no end.
    std::string members() const;

    /// The first host that is not in the outbox completely; 0: the first of all, or all are.
    std::uint64_t first_open() const;

    /// A range to be walked that nobody walks; nullptr: there is none. It stays where it is while it is busy.
    host_range* next();

    /// Its last page is done. It is forgotten as soon as its exchange is over.
    void end(host_range& range);

    /// No range is open, and none waits to be made.
    bool all_walked() const;

    /// The list of ids would give another lane work: the range without an end is busy, and more than a page of it is left.
    bool wants_list() const;

    void list_begins() noexcept { listing_ = true; }

    /// It was given back: it may be asked for again.
    void list_given_back() noexcept { listing_ = false; }

    /// The list ended; `places`: ids at which ranges may begin, ascending. None: no list is asked for again in this cycle.
    void list_ends(const std::vector<std::uint64_t>& places);

    /// Where a list has to begin.
    std::uint64_t list_from() const;

    /// These hosts are to be asked for again. Those of `range` move it back, the others get ranges of their own.
    void reopen(host_range& range, const std::vector<std::uint64_t>& ids);

private:
    /// Adds a range from `first` to `last`, both included.
    host_range& add(std::uint64_t first, std::uint64_t last, page_size size);

    page_size configured_;
    std::list<host_range> ranges_;
    std::deque<std::uint64_t>
        rest_;             ///< the first id that no range has, and the places behind it; empty: ranges have all
    bool listing_{false};  ///< a list is under way
    bool no_list_{false};  ///< the last one gave nothing
};

}  // namespace qdc::services
