#pragma once

#include "base/utc.hpp"
#include "ports/time_source.hpp"

#include <chrono>
#include <optional>

namespace qdc::collect
{

/// Qualys' own clock, as its answers show it: their date, and what has passed since then by a clock that is never set.
class source_clock
{
public:
    /// The header of an answer came at `came`, dated `date`.
    void answered(utc_time date, time_source::time_point came)
    {
        date_ = date;
        came_ = came;
    }

    /// Nothing: no answer was dated yet.
    std::optional<utc_time> now(const time_source& time) const
    {
        return date_ ? std::optional(*date_ + std::chrono::duration_cast<utc_time::duration>(time.now() - came_))
                     : std::nullopt;
    }

    /// Our clock less theirs; nothing: not known. A date is a second old at most when it is written.
    std::optional<std::chrono::duration<double>> skew(const time_source& time) const
    {
        const auto theirs = now(time);
        return theirs ? std::optional(std::chrono::duration<double>(time.utc_now() - *theirs)) : std::nullopt;
    }

    /// Since when ours has been so far off that people should know; nothing: it is not.
    std::optional<time_source::time_point> off_since;

private:
    std::optional<utc_time> date_;
    time_source::time_point came_{};
};

}  // namespace qdc::collect
