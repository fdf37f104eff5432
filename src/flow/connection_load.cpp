#include "flow/connection_load.hpp"

#include <algorithm>

namespace qdc
{
namespace
{

using seconds = std::chrono::duration<double>;

// What a peer is thought to take before anything was measured, and how much one confirmation may raise the load.
constexpr double assumed_bytes_per_second = 20 * 1024;
constexpr double most_growth = 4;

}  // namespace

connection_load::connection_load(std::size_t largest) : largest_(largest), bytes_(std::min(largest, smallest)) {}

// Examples, with a load of 64 KiB: 48 KiB confirmed in 0.5 s would give 8 times as much, so it becomes 256 KiB.
// With a load of 4 MiB: 1 MiB confirmed in 8 s gives (2 × 1 MiB) × 4 s / 8 s = 1 MiB.
void connection_load::confirmed(std::size_t carried, duration took)
{
    // A few bytes say how long an answer takes, not how fast the peer reads.
    const bool is_measure = carried >= smallest || carried >= bytes_ / 2;
    if (!is_measure || carried == 0)
        return;
    // On a fast network a confirmation may take no measurable time: 1 ms is the least that is counted.
    const double waited = std::max(seconds(took).count(), 0.001);
    bytes_per_second_ = static_cast<double>(carried) / waited;
    double next = static_cast<double>(bytes_);
    // Too slow: shrink to what would have taken `target`, also where the connection carried less than its share.
    if (took > target)
        // Both connections together had about twice what this one carried.
        next = std::min(next, 2 * static_cast<double>(carried)) * seconds(target).count() / waited;
    // Fast enough. The load only grows where it was used: an idle connection is no proof that the peer takes more.
    else if (carried >= bytes_ / 2)
        next *= std::min(most_growth, seconds(target).count() / waited);
    const auto floor = static_cast<double>(std::min(largest_, smallest));
    bytes_ = static_cast<std::size_t>(std::clamp(next, floor, static_cast<double>(largest_)));
}

void connection_load::unanswered()
{
    bytes_ = std::min(largest_, smallest);
}

connection_load::duration connection_load::patience(std::size_t carried) const
{
    const seconds wanted(2 * static_cast<double>(carried) / bytes_per_second_.value_or(assumed_bytes_per_second));
    return std::chrono::duration_cast<duration>(std::min(wanted, seconds(longest_patience)));
}

}  // namespace qdc
