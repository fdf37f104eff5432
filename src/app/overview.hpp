#pragma once

#include "app/parts.hpp"
#include "logging/secret_mask.hpp"
#include "ports/reports.hpp"
#include "ports/time_source.hpp"

namespace qdc::app
{

/// What is the same for the life of the program.
struct program_report
{
    utc_time started{};
    bool stopping{false};
    std::optional<utc_time> reloaded;
    std::string reload_failure;  ///< of the last reload; empty: it was taken
    histogram loop_lag;
    std::uint64_t log_dropped{0};
};

/// Everything that can be shown now; secrets that Qualys or a peer sent back are masked.
collector_report overview(
    const program_report& program, const parts& moving, const time_source& time, const logging::secret_mask& secrets
);

}  // namespace qdc::app
