#pragma once

#include "ports/reports.hpp"

#include <string>

namespace qdc::status
{

/// The report as one JSON object: what `/status` answers. Names are those of ports/reports.hpp, in snake_case; they are
/// stable, further ones may come; `version`, `uptime_seconds`, and what status/attention finds, `headline` and `attention`,
/// are added. Times are UTC, "2024-01-10T09:47:08Z", null while unknown; durations are seconds. Phases and outcomes are
/// words. A histogram is {count, sum, buckets: [{le, count}]}, each bucket with all below it; the last one's `le` is null.
/// The code of a call without an answer is 0. A text that is not UTF-8 gets U+FFFD for what is wrong.
std::string report_json(const collector_report& report);

}  // namespace qdc::status
