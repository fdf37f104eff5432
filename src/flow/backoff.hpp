#pragma once

#include <chrono>
#include <cstdint>

namespace qdc
{

/// How long to wait before attempt number `attempt` (1 is the first retry): doubles from `first` up to `ceiling`, then
/// is scaled down by `jitter` in [0, 1) to no less than half. Pure: the caller draws the number and does the waiting.
std::chrono::milliseconds
backoff_delay(std::uint32_t attempt, std::chrono::milliseconds first, std::chrono::milliseconds ceiling, double jitter);

}  // namespace qdc
