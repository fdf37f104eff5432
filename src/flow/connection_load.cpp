#include "flow/connection_load.hpp"

#include <algorithm>

namespace qdc
{
namespace
{

using seconds = std::chrono::duration<double>;

constexpr double assumed_bytes_per_second = 20 * 1024;
constexpr double most_growth = 4;

}  // namespace

connection_load::connection_load(std::size_t largest) : largest_(largest), bytes_(std::min(largest, smallest)) {}

void connection_load::confirmed(std::size_t carried, duration took)
{
    // A few bytes say how long an answer takes, not how fast the peer reads.
    const bool is_measure = carried >= smallest || carried >= bytes_ / 2;
    if (!is_measure || carried == 0)
        return;
    const double waited = std::max(seconds(took).count(), 0.001);
    bytes_per_second_ = static_cast<double>(carried) / waited;
    double next = static_cast<double>(bytes_);
    if (took > target)
        // Both connections together had about twice what this one carried.
        next = std::min(next, 2 * static_cast<double>(carried)) * seconds(target).count() / waited;
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
