#pragma once

#include <algorithm>
#include <chrono>

namespace qdc::status
{

/// Spreads a flood over time: `burst` turns at once, then one after each `gap`.
class pace
{
public:
    using time_point = std::chrono::steady_clock::time_point;
    using duration = std::chrono::steady_clock::duration;

    pace(duration gap, int burst) : gap_(gap), credit_(gap * burst) {}

    /// From when on the next turn may be used; this may be past.
    time_point next(time_point now) const { return std::max(next_, now - credit_) + gap_; }

    /// Takes that turn.
    time_point take(time_point now)
    {
        next_ = next(now);
        return next_;
    }

private:
    duration gap_;
    duration credit_;
    time_point next_{};
};

}  // namespace qdc::status
