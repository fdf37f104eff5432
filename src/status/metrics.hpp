#pragma once

#include "ports/reports.hpp"
#include "status/process_facts.hpp"

#include <string>

namespace qdc::status
{

/// The report as Prometheus text: `qualys_devo_collector_*` and `process_*`.
///
/// Every family is there from the first scrape on, and each configured service with 0 in its counters, so that
/// `increase()` sees the first event. A moment that is not known yet (a watermark, a checkpoint) has no sample. The code
/// of a call that got no answer is "none".
std::string metrics_text(const collector_report& report, const process_facts& process);

}  // namespace qdc::status
