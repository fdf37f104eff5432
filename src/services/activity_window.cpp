// How dates become windows, with a settle delay of 60 s and an overlap of 120 s:
//
//   clock     asked for [from, until)                        mark afterwards  rows known by fingerprint
//   10:05:00  [10:05:00 of the day before, 10:04:00)         10:04:00         10:02:00 … 10:04:00
//   10:15:00  [10:02:00 = mark - overlap, 10:14:00)          10:14:00         10:12:00 … 10:14:00
//   10:25:00  [10:12:00, 10:24:00)                           10:24:00         10:22:00 … 10:24:00
//
// How equal rows are counted: of the rows A A B two A were handed out before. The page brings A A A B, so expected_ is
// {A: 2}. The first two A take one off each and are dropped; the third A and the B are new.

#include "services/activity_window.hpp"

#include "services/state_members.hpp"

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

constexpr std::chrono::hours first_reach{24};

// Of a larger page that is interrupted the rows are remembered while the program runs, not in the state: that is
// written every few hundred rows.
constexpr std::size_t saved_page_limit = 4000;

// Rows without a date that can be read are remembered as those of an overlap are, so many in a window.
constexpr std::size_t undated_limit = 4000;

/// The member of a state: `{"00000000000000ab":2,…}`, how often each fingerprint occurs.
json::object prints_member(const std::map<std::uint64_t, std::size_t>& prints)
{
    json::object member;
    for (const auto& [print, count] : prints)
        member[print_member(print)] = count;
    return member;
}

/// Reads what prints_member() wrote. False: it is missing, or something else.
bool read_prints(const json::object& object, std::string_view name, std::map<std::uint64_t, std::size_t>& prints)
{
    const auto* const member = object_member(object, name);
    if (member == nullptr)
        return false;
    for (const auto& [key, value] : *member)
    {
        const auto print = parse_print(key);
        const auto* const count = value.if_int64();
        if (!print || count == nullptr || *count < 1)
            return false;
        prints[*print] = static_cast<std::size_t>(*count);
    }
    return true;
}

/// A row id; 0 stands for none.
bool read_id(const json::object& object, std::string_view name, std::optional<std::uint64_t>& id)
{
    const auto number = number_member(object, name);
    id = number != 0 ? number : std::nullopt;
    return number.has_value();
}

/// Adds the counts of `prints` to those of `to`.
void add(std::map<std::uint64_t, std::size_t>& to, const std::map<std::uint64_t, std::size_t>& prints)
{
    for (const auto& [print, count] : prints)
        to[print] += count;
}

}  // namespace

activity_window::activity_window(const service_options& options)
    : start_(options.start_time),
      settle_(options.settle_delay),
      overlap_(options.overlap),
      fixed_until_(options.until),
      seed_(options.seed)
{
}

bool activity_window::restore(std::string_view state)
{
    const auto object = parse_state(state);
    if (!object)
        return false;

    // Everything is read into a copy, so that a state that turns out to be wrong halfway changes nothing.
    std::optional<utc_time> start;
    auto saved = *this;
    if (!read_member(*object, "start_time_utc", start) || !read_member(*object, "mark", saved.mark_) ||
        !read_member(*object, "known_from", saved.known_from_) || !read_prints(*object, "known", saved.known_) ||
        !read_member(*object, "from", saved.from_) || !read_member(*object, "until", saved.until_) ||
        !read_member(*object, "keep_from", saved.keep_from_) || !read_prints(*object, "kept", saved.kept_) ||
        !read_seed(*object, saved.seed_) || !read_optional(*object, "vouched", saved.vouched_) ||
        !read_optional(*object, "vouched_until", saved.vouched_until_) ||
        !read_optional(*object, "reached", saved.reached_) || !read_id(*object, "id_max", saved.id_max_) ||
        !read_prints(*object, "page", saved.handed_out_))
        return false;
    // A window is open with all of its three dates, or not at all.
    if (saved.from_.has_value() != saved.until_.has_value() || saved.keep_from_.has_value() != saved.until_.has_value())
        return false;
    // With another configured start the user wants another beginning: what was saved does not count.
    if (start == start_)
        *this = std::move(saved);
    return true;
}

std::string activity_window::state() const
{
    // Without them an interrupted page repeats rows after a restart; it loses none.
    const bool with_page = handed_out_.size() <= saved_page_limit;
    json::object object{
        {"start_time_utc", date_member(start_)},
        {"mark", date_member(mark_)},
        {"known_from", date_member(known_from_)},
        {"known", prints_member(known_)},
        {"from", date_member(from_)},
        {"until", date_member(until_)},
        {"seed", print_member(seed_)},
        {"vouched", date_member(vouched_)},
        {"vouched_until", date_member(vouched_until_)},
        {"id_max", id_max_.value_or(0)},
        {"keep_from", date_member(keep_from_)},
        {"kept", prints_member(kept_)},
        {"page", with_page ? prints_member(handed_out_) : json::object()},
    };
    // Only a clock that was ahead leaves one beyond the mark: most states do without this member.
    if (reached_ > mark_)
        object["reached"] = date_member(reached_);
    return json::serialize(object);
}

void activity_window::open(utc_time now)
{
    // Whole seconds: Qualys refuses fractions, and what is saved must be what was asked.
    const auto second = floor<seconds>(now);
    // The mark is ahead by more than the overlap can cover. Where Qualys vouched for it, our clock is behind, and nothing
    // was missed; what it did not vouch for was never asked for.
    if (mark_ && *mark_ - overlap_ > second - settle_ && mark_ != vouched_)
    {
        mark_ = vouched_ && *vouched_ < *mark_ ? *vouched_ : second - settle_;
        known_from_ = *mark_ - overlap_;
    }
    // Not before known_from_: of what lies in front of that no fingerprints are known, and it was handed out.
    from_ = mark_ ? std::max(*mark_ - overlap_, known_from_.value_or(*mark_)) : start_.value_or(second - first_reach);
    // What is given from outside is the last second that counts, the end of a window the first one that does not.
    until_ = fixed_until_ ? *fixed_until_ + seconds(1) : second - settle_;
    // A clock that was set back must not move the mark back: the rows in between would not be known.
    until_ = std::max({*until_, *from_, mark_.value_or(*from_)});
    // From here to the end the next window asks again, so these rows' fingerprints have to be kept.
    keep_from_ = std::max(*from_, *until_ - overlap_);
    // A new window begins at its newest row, and no answer of it has shown Qualys' clock yet.
    vouched_until_.reset();
    id_max_.reset();
}

void activity_window::vouch(utc_time source_now)
{
    // Only the first answer counts: the later pages are asked for the same window, however late they come.
    if (!until_ || vouched_until_ || fixed_until_)
        return;
    // Rows younger than the settle delay by Qualys' clock may still be missing in the answer.
    vouched_until_ = std::min<utc_time>(*until_, floor<seconds>(source_now) - settle_);
    if (mark_)
        vouched_until_ = std::max(*vouched_until_, *mark_);  // what was handed out before stays known
    // The mark will be earlier than thought, so the overlap of the next window is, too.
    keep_from_ = std::max(*from_, *vouched_until_ - overlap_);
}

void activity_window::begin_page()
{
    // A page that was cut is read from its front again: what it noted the last time is made again.
    met_.clear();
    admitted_.clear();
    // What earlier windows handed out and what this page did before it was cut must not go out twice.
    expected_ = known_;
    add(expected_, handed_out_);
}

bool activity_window::holds(const std::optional<utc_time>& date) const
{
    return !date || (*date >= *from_ && *date < *until_);
}

bool activity_window::admit(std::uint64_t print, const std::optional<utc_time>& date)
{
    // One without a date may come again in the next window, as one of the overlap may. The newest come first.
    if (date ? *date >= *keep_from_ : met_.size() + kept_.size() < undated_limit)
        ++met_[print];
    // Not among the expected ones, or more often than expected: the row is new.
    const auto known = expected_.find(print);
    if (known == expected_.end())
    {
        admitted_.push_back(print);
        return true;
    }
    // This one accounts for one of the equal rows that were handed out.
    if (--known->second == 0)
        expected_.erase(known);
    return false;
}

void activity_window::taken()
{
    for (const auto print : admitted_)
        ++handed_out_[print];
    admitted_.clear();
}

error_code activity_window::end_page(std::optional<std::uint64_t> next)
{
    // Row ids descend from page to page. An address that does not go down would be a circle.
    if (next && (*next == 0 || (id_max_ && *next >= *id_max_)))
        return errc::cursor_stands_still;
    // What this page did not meet may still come on an older page of the same window.
    known_ = std::exchange(expected_, {});
    add(kept_, std::exchange(met_, {}));
    // The page will not be read again, so nothing has to be known of its rows but what is kept for the next window.
    handed_out_.clear();
    admitted_.clear();
    id_max_ = next;
    if (!next)
        close();
    return {};
}

void activity_window::close()
{
    // Without a vouched end (no answer had a date) our own clock's end is all there is.
    if (vouched_until_)
        vouched_ = vouched_until_;
    mark_ = vouched_until_ ? vouched_until_ : until_;
    known_from_ = keep_from_;
    // An earlier window that a clock ahead of Qualys' had made longer handed out rows which this one is too short for.
    auto beyond = reached_ > until_ ? std::exchange(known_, {}) : prints();
    known_ = std::exchange(kept_, {});
    add(known_, beyond);
    reached_ = std::max(reached_, until_);
    from_.reset();
    until_.reset();
    keep_from_.reset();
    vouched_until_.reset();
}

}  // namespace qdc::services
