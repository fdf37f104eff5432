#pragma once

#include "ports/log.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <optional>
#include <string>

namespace qdc::logging
{

/// A log in front of another that holds back repeats: records with the level, origin and message of the one before
/// from the same origin. The first is passed on; repeats within `window` after it are counted. The count, as "the last
/// message of X was repeated N times", comes before the next different record of that origin, before the first repeat
/// after the window (which is passed on again), from sweep() once the window is over, and at the end.
///
/// Origins do not disturb each other: services that fail side by side would otherwise hide nothing.
///
/// What is tried again and again until it works (no connection, a cut answer, a full disk) is a repeat also with other
/// numbers in it, and with other records of its origin in between: each try would be a line of its own otherwise. The next
/// one that is shown ends with how many were not. While nothing else comes from that origin, the window doubles up to
/// five minutes; one that did not come for two minutes is shown at once. So is one behind a record of its origin with the
/// field `lasted_seconds`, which says that a trouble is over; only calls to Qualys, which may fail and work with each page,
/// stay at one line a minute.
class log_repeats final : public log
{
public:
    using clock = std::function<std::chrono::steady_clock::time_point()>;

    /// `out` outlives this.
    log_repeats(log& out, clock now, std::chrono::steady_clock::duration window = std::chrono::seconds(60));
    ~log_repeats() override;  ///< passes on the counts that are left
    log_repeats(const log_repeats&) = delete;
    log_repeats& operator=(const log_repeats&) = delete;

    bool enabled(log_level level) const override { return out_->enabled(level); }

    void write(log_record record) override;

    /// Passes on the counts whose window is over: to be called now and then, as nothing else reports a flood that
    /// has ended.
    void sweep();

private:
    struct memory
    {
        log_level level;
        std::optional<trouble_id> id;
        std::string origin;
        std::string message;
        std::chrono::steady_clock::time_point shown_at;
        std::uint64_t repeats{0};
    };

    /// A trouble that lasts, known by its words without numbers.
    struct lasting
    {
        log_record shown;
        std::string gist;
        std::chrono::steady_clock::time_point shown_at;
        std::chrono::steady_clock::time_point seen_at;
        std::chrono::steady_clock::duration window;
        std::uint64_t repeats{0};
    };

    void write_count(memory& last);
    void write_count(lasting& trouble);
    void write_lasting(log_record record);
    void interrupted(const log_record& record);

    log* out_;
    clock now_;
    std::chrono::steady_clock::duration window_;
    std::list<memory> recent_;    ///< one per origin, the latest first; bounded
    std::list<lasting> lasting_;  ///< several per origin, the latest first; bounded
};

}  // namespace qdc::logging
