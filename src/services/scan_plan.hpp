#pragma once

#include "services/failure_row.hpp"
#include "services/number_ranges.hpp"
#include "services/scan_list.hpp"
#include "services/scan_quarantine.hpp"
#include "services/service.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace boost::json
{
class object;
}

namespace qdc::services
{

/// What of a scan's results was handed out, when it was not all: how many rows, and their fingerprints chained.
struct handed_rows
{
    std::uint64_t rows{0};
    std::uint64_t print{0};

    friend bool operator==(const handed_rows&, const handed_rows&) = default;
};

/// How much of what was asked for a list is.
enum class list_extent
{
    whole,
    part,
};

/// Decides which scans are fetched, each once.
///
/// There is no filter on when a scan ended, so each cycle lists a sliding window of launch dates again and remembers
/// what is done and what was seen unfinished. (User guide, VM scan list: launched_after_datetime is the only date.) A
/// done scan is forgotten when its launch leaves the window, an unfinished one stays until it is done or disappears:
/// what is remembered is bounded by the window.
///
/// The window begins at the launch window before now, but never behind the last look at the list: a collector that was
/// away for longer than the window finds what was launched meanwhile. The first one begins at the configured start, or
/// 30 days back.
class scan_plan
{
public:
    explicit scan_plan(const service_options& options);

    /// Reads what state() wrote. A changed start_time_utc resets: then nothing is taken up, and that is fine.
    bool restore(std::string_view state);

    /// A JSON object. While many scans are fetched, what changes stands behind a base that stays the same.
    std::string state() const;

    /// Everything launched before `mark` counts as done, and so do the scans of these references, launched at that
    /// time.
    void mark_at(utc_time mark, const std::vector<std::string>& references);

    /// A cycle starts: the window slides.
    void begin(utc_time now);

    /// By Qualys' own clock it is `source_now` when the list begins: the list cannot have seen more.
    void vouch(utc_time source_now);

    /// The earliest launch that has to be listed: the window's, or that of an unfinished scan that was left behind it.
    utc_time list_from() const;

    /// Nothing: no end is asked for.
    std::optional<utc_time> list_until() const noexcept { return until_; }

    /// The list that was asked for. A part of it says nothing of scans that it does not name, and counts as no look.
    void take_list(const std::vector<listed_scan>& scans, list_extent extent = list_extent::whole);

    // The fetches of a cycle are numbered from 0, oldest launch first.

    /// The first fetch that waits; nothing: all are over or under way.
    std::optional<std::size_t> next() const;

    /// The first one that is not over; nothing: all are.
    std::optional<std::size_t> first_open() const;

    const std::string& reference(std::size_t fetch) const { return due_[fetch].reference; }

    std::size_t total() const noexcept { return due_.size(); }

    /// It is under way: next() gives the one behind it.
    void begin_fetch(std::size_t fetch);

    /// It has to be made once more.
    void put_back(std::size_t fetch);

    /// What of the scan is in the outbox already.
    handed_rows handed_out(std::size_t fetch) const;
    void set_handed_out(std::size_t fetch, const handed_rows& rows);

    /// The scan is handed out completely. True: so it left the quarantine.
    bool finish(std::size_t fetch);

    /// Its results cannot be read: it goes into quarantine, or stays in it. False: too many in a row fail (failure_row), so
    /// those of the row wait for their turn again, and so does this one.
    bool leave_out(std::size_t fetch, utc_time now, const std::string& reason);

    /// In quarantine already: it is tried once.
    bool is_probe(std::size_t fetch) const { return due_[fetch].probe; }

    const scan_quarantine& quarantine() const noexcept { return quarantine_; }

    /// Where the chain of a scan's fingerprints begins.
    std::uint64_t seed() const noexcept { return seed_; }

    /// When all scans that had ended were handed out; nothing before the first time.
    std::optional<utc_time> complete() const noexcept { return complete_; }

private:
    struct unfinished
    {
        utc_time launched;
        handed_rows handed_out;
    };

    enum class stage
    {
        waiting,
        under_way,
        over,
    };

    struct due_fetch
    {
        std::string reference;
        bool probe{false};
        stage now{stage::waiting};
    };

    /// Takes up members of "done". False: they are something else.
    bool restore_done(const boost::json::object& members);
    /// Takes up members of "waiting"; those whose place is true in `delivered` are done.
    bool restore_waiting(const boost::json::object& members, const std::vector<bool>& delivered);
    void add_done(std::string_view reference, utc_time launched);
    /// Scans that were launched before that time are not listed any more.
    void forget_done_before(utc_time launch);
    std::string waiting_text() const;
    void make_base();
    /// The state is written in one part again.
    void drop_base();
    /// Scans in quarantine that the list lacks leave it.
    void forget_unlisted();
    /// It is over, delivered or left out.
    void end_fetch(std::size_t fetch);
    /// Once all fetches are over: all that this look saw is delivered.
    void close_look();

    std::optional<utc_time> start_;
    std::chrono::seconds window_;
    std::chrono::seconds overlap_;
    std::optional<utc_time> until_;
    std::uint64_t seed_;

    std::optional<utc_time> mark_;                            ///< the last look that saw the whole list
    std::optional<utc_time> complete_;                        ///< the last one of which nothing is left
    std::optional<utc_time> from_;                            ///< where the window begins; never moves back
    std::map<std::string, utc_time, std::less<>> done_;       ///< reference, launch
    std::string done_text_;                                   ///< the same as members of the state
    std::map<std::string, unfinished, std::less<>> waiting_;  ///< reference; seen and not done

    // What scan_plan_state.cpp says about the state. Nothing of it counts while there is no base.
    std::string base_text_;                       ///< the state's first member; empty: there is none
    number_ranges delivered_;                     ///< fetches
    std::set<std::string, std::less<>> changed_;  ///< references: waiting, and otherwise than in the base

    utc_time look_{};             ///< when the cycle started
    std::vector<due_fetch> due_;  ///< of this cycle
    std::size_t first_open_{0};   ///< all in front of it are over
    scan_quarantine quarantine_;
    failure_row<std::size_t> row_;  ///< of fetches
};

}  // namespace qdc::services
