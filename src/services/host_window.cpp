// How dates become windows, with a settle delay of 60 s and an overlap of 120 s; nothing is configured as the start:
//
//   clock     vm_processed_after      vm_processed_before     mark afterwards
//   10:05:00  none: all hosts         none: all hosts         10:04:00
//   10:15:00  10:02:00 mark-overlap   10:14:00 clock-settle   10:14:00
//   10:25:00  10:12:00                10:24:00                10:24:00
//
// The hosts of 10:02:00 … 10:04:00 come twice; host_memory drops those that are the same. With an answer's Date that is
// five minutes behind our clock, the third mark is 10:19:00: no answer can hold what was processed later.

#include "services/host_window.hpp"

#include "services/state_members.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>
#include <utility>

namespace qdc::services
{
namespace
{

/// Hosts of such a window are few, so more of them can be remembered without knowing whether the next one brings them.
bool is_short(const std::optional<utc_time>& start, utc_time until)
{
    return start && until - *start <= std::chrono::hours(1);
}

/// Hosts of the memory. Earlier versions wrote them otherwise, under the shorter name: so each passes by what it cannot
/// read.
std::string_view hosts_member(const boost::json::object& state, const std::string& name)
{
    const auto hosts = text_member(state, name + "_hosts");
    return hosts.empty() ? text_member(state, name) : hosts;
}

}  // namespace

host_window::host_window(const service_options& options)
    : start_(options.start_time),
      settle_(options.settle_delay),
      overlap_(options.overlap),
      fixed_until_(options.until),
      full_refresh_(options.full_refresh),
      seed_(options.seed)
{
}

bool host_window::restore(std::string_view state, host_ranges& ranges, host_memory& memory, host_quarantine& quarantine)
{
    const auto object = parse_state(state);
    if (!object)
        return false;

    // Everything is read into copies, so that a state that turns out to be wrong halfway changes nothing.
    std::uint64_t seed = 0;
    auto read_ranges = ranges;
    std::optional<utc_time> start, mark, from, until, last_full, vouched, vouched_until;
    if (!read_member(*object, "start_time_utc", start) || !read_member(*object, "mark", mark) ||
        !read_member(*object, "from", from) || !read_member(*object, "until", until) ||
        !read_member(*object, "last_full", last_full) || !read_seed(*object, seed) ||
        !read_optional(*object, "vouched", vouched) || !read_optional(*object, "vouched_until", vouched_until) ||
        !read_ranges.restore(*object))
        return false;
    // With another configured start the user wants another beginning: what was saved does not count.
    if (start != start_)
        return true;
    // Older versions wrote no quarantine.
    const auto* const left_out = object->if_contains("quarantine");
    auto hosts = quarantine;
    if (left_out != nullptr && (!left_out->is_array() || !hosts.restore(left_out->get_array())))
        return false;
    // What is remembered belongs to the window's end; without any end nothing was handed out.
    const auto end = until ? until : mark;
    if (end &&
        !memory.restore(
            hosts_member(*object, "known"), hosts_member(*object, "gathered"), *end - overlap_, is_short(from, *end)
        ))
        return false;
    // All of it is good, so from here on it replaces what was there.
    quarantine = std::move(hosts);
    mark_ = mark;
    from_ = from;
    until_ = until;
    last_full_ = last_full;
    vouched_ = vouched;
    vouched_until_ = vouched_until;
    seed_ = seed;
    ranges = std::move(read_ranges);
    return true;
}

std::string
host_window::state(const host_ranges& ranges, const host_memory& memory, const host_quarantine& quarantine) const
{
    // By hand: the texts of the memory may be long, this is made for every batch, and nothing in it needs escaping. In one
    // piece: many states wait in memory, and one that has grown takes up to twice its length.
    constexpr std::size_t usual_rest = 1024;
    std::string text;
    text.reserve(memory.known_text().size() + memory.gathered_text().size() + usual_rest);
    text += R"({"start_time_utc":")" + date_member(start_) + R"(","mark":")" + date_member(mark_) + R"(","from":")" +
            date_member(from_) + R"(","until":")" + date_member(until_) + R"(","last_full":")" +
            date_member(last_full_) + R"(","vouched":")" + date_member(vouched_) + R"(","vouched_until":")" +
            date_member(vouched_until_) + R"(","seed":")" + print_member(seed_) + R"(",)" + ranges.members();
    text += R"(,"known_hosts":")";
    text += memory.known_text();
    text += R"(","gathered_hosts":")";
    text += memory.gathered_text();
    text += R"(","quarantine":)" + quarantine.text() + '}';
    return text;
}

void host_window::open(utc_time now, host_memory& memory)
{
    vouched_until_.reset();
    // Whole seconds: Qualys refuses fractions, and what is saved must be what was asked.
    until_ = fixed_until_.value_or(std::chrono::floor<std::chrono::seconds>(now) - settle_);
    // The mark is ahead by more than the overlap can cover. Where Qualys vouched for it, our clock is behind, and nothing
    // was missed; what it did not vouch for was never asked for.
    if (mark_ && *mark_ - overlap_ > *until_ && mark_ != vouched_)
        mark_ = vouched_ && *vouched_ < *mark_ ? vouched_ : until_;
    // A refresh goes back to the configured start, or to all hosts; any other window overlaps the last one.
    const bool full = full_refresh_ && last_full_ && now - *last_full_ >= *full_refresh_;
    from_ = mark_ && !full ? std::optional(*mark_ - overlap_) : start_;
    // A window is never empty, whatever the clock shows.
    if (from_)
        until_ = std::max(*until_, *from_ + std::chrono::seconds(1));
    // The memory turns with the window: what the last one gathered near its end is known from now on.
    const bool brings_new = !mark_ || full || *until_ > *mark_;
    memory.turn(*until_ - overlap_, is_short(from_, *until_), brings_new);
    if (full)
        memory.forget_known();  // a refresh brings everything, on purpose
    // The time to the next refresh counts from the end of the last window that took everything.
    if (!mark_ || full)
        last_full_ = until_;
}

void host_window::vouch(utc_time source_now, host_memory& memory)
{
    // Only the first answer counts: the later pages are asked for the same window, however late they come.
    if (!until_ || vouched_until_ || fixed_until_)
        return;
    // What was processed within the settle delay by Qualys' clock may still be missing in the answer.
    vouched_until_ = std::min<utc_time>(*until_, std::chrono::floor<std::chrono::seconds>(source_now) - settle_);
    vouched_until_ = std::max(*vouched_until_, from_.value_or(*vouched_until_));
    // The next window begins earlier than thought, so more hosts have to be remembered.
    memory.again_from(*vouched_until_ - overlap_);
}

void host_window::begin_again()
{
    mark_.reset();
    from_.reset();
    until_.reset();
    vouched_until_.reset();
    vouched_.reset();
}

std::optional<utc_time> host_window::until() const
{
    return from_ || fixed_until_ ? until_ : std::nullopt;
}

void host_window::close()
{
    // A mark that Qualys vouched for never moves back. One of our own clock gives way to what Qualys' clock says now.
    if (vouched_until_ && mark_ == vouched_)
        mark_ = vouched_ = std::max(mark_.value_or(*vouched_until_), *vouched_until_);
    else
        mark_ = vouched_until_ ? vouched_ = vouched_until_ : until_;
    from_.reset();
    until_.reset();
    vouched_until_.reset();
}

}  // namespace qdc::services
