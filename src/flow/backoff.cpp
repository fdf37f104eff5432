#include "flow/backoff.hpp"

#include <algorithm>

namespace qdc
{

std::chrono::milliseconds
backoff_delay(std::uint32_t attempt, std::chrono::milliseconds first, std::chrono::milliseconds ceiling, double jitter)
{
    // Before jitter, with `first` 1 s and `ceiling` 60 s: 1, 2, 4, 8, 16, 32, 60, 60 s and so on.
    auto delay = std::min(first, ceiling);
    for (std::uint32_t i = 1; i < attempt && delay < ceiling; ++i)
        delay = std::min(delay * 2, ceiling);
    // The upper half is random, so that clients which failed together do not come back together.
    const auto half = delay / 2;
    return half +
           std::chrono::milliseconds(static_cast<std::int64_t>(jitter * static_cast<double>((delay - half).count())));
}

}  // namespace qdc
