#pragma once

#include <ctime>

namespace qdc::bench
{

/// CPU seconds of this process so far.
inline double cpu_seconds()
{
    std::timespec now{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

}  // namespace qdc::bench
