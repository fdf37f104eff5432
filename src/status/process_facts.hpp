#pragma once

#include <cstdint>

namespace qdc::status
{

/// What the kernel says about this process, in the units of Prometheus' usual `process_*` metrics. What cannot be read
/// is 0.
struct process_facts
{
    double cpu_seconds{0};  ///< user and system
    std::uint64_t resident_bytes{0};
    std::uint64_t virtual_bytes{0};
    std::uint64_t open_descriptors{0};
    double descriptor_limit{0};  ///< may be infinite
    double started_seconds{0};   ///< since 1970
    std::uint64_t threads{0};
};

/// Reads /proc/self (proc(5)); takes some ten microseconds.
process_facts read_process_facts();

}  // namespace qdc::status
