#pragma once

#include "services/service.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qdc::services
{

/// The frozen windows in which the activity log is pulled, [from, until), and the way through one: from new to old,
/// page by page. The first begins at the configured start, or 24 hours back; the next ones an overlap before the last
/// one's end, because a row may appear later than its date says. A window stays the same until its oldest page is done.
///
/// Rows have no id, and equal rows in one second are real. So rows of an overlap are known by their fingerprints, with
/// their number: of three equal rows where two are known, one is new. What is remembered is bounded by what happened in
/// an overlap, and by a page.
class activity_window
{
public:
    /// Uses start_time, settle_delay, overlap, until and seed.
    explicit activity_window(const service_options& options);

    /// Reads what state() wrote. A changed start_time_utc resets: then nothing is taken up, and that is fine.
    bool restore(std::string_view state);

    /// A JSON object. Rows that were admitted and not taken are no part of it.
    std::string state() const;

    /// Everything before `mark` counts as handed out; nothing is known of what happened in that very second.
    void mark_at(utc_time mark) { mark_ = known_from_ = mark; }

    bool is_open() const noexcept { return until_.has_value(); }

    /// `now`: by the earlier of our clock and Qualys' own.
    void open(utc_time now);

    /// The first answer of the window shows Qualys' time: no row of a later time can be in it, whatever our clock
    /// showed when the window was opened. Later ones change nothing.
    void vouch(utc_time source_now);

    /// Of the open window.
    utc_time from() const { return *from_; }

    utc_time until() const { return *until_; }

    /// Where the page that is read now begins: the highest row id; nothing: at the newest row.
    std::optional<std::uint64_t> id_max() const noexcept { return id_max_; }

    /// A page is read from its beginning, perhaps not for the first time.
    void begin_page();

    /// Whether a row of that date belongs to the window. One without a date that can be read does: better twice than
    /// never.
    bool holds(const std::optional<utc_time>& date) const;

    /// Takes note of a row that holds() lets pass. False: it was handed out already.
    bool admit(std::uint64_t print, const std::optional<utc_time>& date);

    /// The rows that were admitted are in the outbox. Until then they are no part of the state, and begin_page()
    /// forgets them.
    void taken();

    /// The page is done. `next` is where the following one begins; nothing: this was the oldest, and the mark moves to
    /// the end of the window. Fails with errc::cursor_stands_still, and then the page is not done.
    error_code end_page(std::optional<std::uint64_t> next);

    /// Of the fingerprints that admit() gets.
    std::uint64_t seed() const noexcept { return seed_; }

    /// Rows before this time are handed out; nothing before the first window has ended.
    std::optional<utc_time> mark() const noexcept { return mark_; }

private:
    /// Fingerprints and how often each occurs.
    using prints = std::map<std::uint64_t, std::size_t>;

    /// The window is over: its end becomes the mark, and what was kept becomes what is known.
    void close();

    std::optional<utc_time> start_;
    std::chrono::seconds settle_;
    std::chrono::seconds overlap_;
    std::optional<utc_time> fixed_until_;
    std::uint64_t seed_;

    std::optional<utc_time> mark_;
    std::optional<utc_time> known_from_;  ///< rows from here to the mark are in known_
    prints known_;                        ///< handed out by earlier windows, and not met again yet
    std::optional<utc_time> reached_;     ///< the furthest end of a window: by a clock that was ahead, beyond the mark

    std::optional<utc_time> from_;
    std::optional<utc_time> until_;
    std::optional<utc_time> keep_from_;      ///< known_from_ of the next window
    std::optional<utc_time> vouched_until_;  ///< so much of the open window Qualys' own clock vouches for
    std::optional<utc_time> vouched_;        ///< the mark, as far as it did
    prints kept_;                            ///< known_ of the next window
    std::optional<std::uint64_t> id_max_;
    prints handed_out_;                    ///< of the page that was begun and is not done
    std::vector<std::uint64_t> admitted_;  ///< since the rows were taken last

    prints expected_;  ///< of the page as it is read now: what has been handed out and not met
    prints met_;       ///< of the page as it is read now: what belongs to kept_
};

}  // namespace qdc::services
