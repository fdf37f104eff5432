#pragma once

#include "ports/log.hpp"
#include "ports/time_source.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace qdc::collect
{

/// A log in front of another that shows an idle service once an hour: six lines for each of a day's 1440 cycles would hide
/// what matters.
///
/// ```
///  idle cycle    shown  ──▶ the next ones are held back and counted, if they are idle too
///  news          what is held of that cycle comes out first, and all that follows
///  an hour later "59 pull cycles since … brought nothing new", and that cycle is shown; at the end the count alone
/// ```
class cycle_log final : public log
{
public:
    /// `news`: whether the cycle under way brought something. All outlive this.
    cycle_log(const log_origin& out, time_source& time, std::function<bool()> news);

    bool enabled(log_level level) const override { return out_.out().enabled(level); }

    /// A warning and an error are news by themselves.
    void write(log_record record) override;

    /// What is written from now on belongs to a cycle.
    void begin_cycle();
    /// The cycle is over. What is still held of it was idle: it is counted and forgotten.
    void end_cycle();

    /// Says how many idle cycles were not shown since the last time; nothing when there were none.
    void tell_hidden();

private:
    void show();

    log_origin out_;
    time_source& time_;
    std::function<bool()> news_;
    bool holding_{false};
    std::vector<log_record> held_;
    std::optional<time_source::time_point>
        idle_shown_;  ///< when an idle cycle was last shown; nothing: the last was none
    utc_time hidden_since_{};
    std::uint64_t hidden_{0};
};

}  // namespace qdc::collect
