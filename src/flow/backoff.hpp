#pragma once

#include <chrono>
#include <cstdint>

namespace qdc
{

/// Delay before attempt number `attempt` (1 = first retry): doubles from `first` up to
/// `ceiling`, then is scaled by `jitter` in [0, 1) down to no less than half.
/// Pure: the caller draws the random number and does the waiting.
std::chrono::milliseconds
backoff_delay(std::uint32_t attempt, std::chrono::milliseconds first, std::chrono::milliseconds ceiling, double jitter);

}  // namespace qdc
