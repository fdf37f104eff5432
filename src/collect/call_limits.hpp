#pragma once

#include "ports/time_source.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

namespace qdc::collect
{

/// At most so many calls within any stretch of `period`: one line of the official `requests_limits`.
class sliding_limit
{
public:
    sliding_limit(std::chrono::seconds period, std::uint32_t calls) : period_(period), calls_(calls) {}

    /// When the next call is free; `now` or earlier: at once. Without calls allowed: never.
    time_source::time_point free_at(time_source::time_point now);

    /// A call is made at `time`, which is not before any noted earlier.
    void note(time_source::time_point time) { made_.push_back(time); }

private:
    std::chrono::seconds period_;
    std::uint32_t calls_;
    std::deque<time_source::time_point> made_;  ///< within the period, oldest first
};

/// The limits that apply to a service: those of its input, which all of its services share, and its own.
using call_limits = std::vector<std::shared_ptr<sliding_limit>>;

/// When all of them have the next call free; `now`: at once.
time_source::time_point free_at(const call_limits& all, time_source::time_point now);

/// A call is made that counts for all of them.
void note(const call_limits& all, time_source::time_point time);

}  // namespace qdc::collect
