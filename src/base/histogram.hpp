#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace qdc
{

/// Durations, counted into fixed ranges: what a Prometheus histogram shows.
struct histogram
{
    /// Upper ends of the ranges in seconds; one more range has no end.
    static constexpr std::array<double, 15> bounds{
        0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 1800, 7200, 86400};

    std::array<std::uint64_t, bounds.size() + 1> counts{};  ///< of each range alone, not of those below
    double sum{0};

    /// Counts one duration.
    void observe(double seconds)
    {
        std::size_t range = 0;
        while (range < bounds.size() && seconds > bounds[range])
            ++range;
        ++counts[range];
        sum += seconds;
    }
};

}  // namespace qdc
