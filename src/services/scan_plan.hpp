#pragma once

#include "services/scan_list.hpp"
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

/// What of a scan's results was handed out, when it was not all: how many rows, and their fingerprints chained.
struct handed_rows
{
    std::uint64_t rows{0};
    std::uint64_t print{0};
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

    std::string state() const;

    /// Everything launched before `mark` counts as done, and so do the scans of these references, launched at that
    /// time.
    void mark_at(utc_time mark, const std::vector<std::string>& references);

    /// A cycle starts: the window slides.
    void begin(utc_time now);

    /// The earliest launch that has to be listed: the window's, or that of an unfinished scan that was left behind it.
    utc_time list_from() const;

    /// Nothing: no end is asked for.
    std::optional<utc_time> list_until() const noexcept { return until_; }

    /// The list that was asked for, complete.
    void take_list(const std::vector<listed_scan>& scans);

    /// The scan that is fetched next, oldest launch first; nothing: none is left.
    const std::string* next() const;

    /// What of it was handed out already. Valid while it is the next one.
    handed_rows& handed_out();

    /// The next one is handed out completely.
    void finish_next();

    /// The next one has to wait for the next cycle.
    void skip_next();

    std::size_t number() const noexcept { return next_ + 1; }  ///< of the next one in this cycle, from 1

    std::size_t total() const noexcept { return due_.size(); }  ///< fetches of this cycle

    /// When all scans that had ended were handed out; nothing before the first time.
    std::optional<utc_time> complete() const noexcept { return complete_; }

private:
    struct unfinished
    {
        utc_time launched;
        handed_rows handed_out;
    };

    void close_look();

    std::optional<utc_time> start_;
    std::chrono::seconds window_;
    std::chrono::seconds overlap_;
    std::optional<utc_time> until_;

    std::optional<utc_time> mark_;                            ///< the last look that saw the whole list
    std::optional<utc_time> complete_;                        ///< the last one of which nothing is left
    std::optional<utc_time> from_;                            ///< where the window begins; never moves back
    std::map<std::string, utc_time, std::less<>> done_;       ///< reference, launch
    std::map<std::string, unfinished, std::less<>> waiting_;  ///< reference; seen and not done

    utc_time look_{};               ///< when the cycle started
    std::vector<std::string> due_;  ///< references
    std::size_t next_{0};           ///< of due_
    bool skipped_{false};
};

}  // namespace qdc::services
