#pragma once

#include "devo/obfuscation.hpp"
#include "ports/log.hpp"
#include "ports/reports.hpp"
#include "ports/time_source.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace qdc::app
{

/// What the obfuscation rules of one service do, for its report: counts by outcome, and a warning in log and report
/// about each rule that matched nothing in a complete cycle, once for each configuration.
class obfuscation_report
{
public:
    /// Without rules (nullptr) there is nothing to report. `report` outlives it and may be that of an earlier
    /// configuration: counts go on.
    obfuscation_report(std::shared_ptr<devo::obfuscator> rules, service_report& report);

    /// Brings the report up to date. To be called often: the end of a cycle is seen in the report.
    void refresh(utc_time now, const log_origin& log);

private:
    void add(const char* outcome, std::uint64_t count, std::uint64_t& reported);

    std::shared_ptr<devo::obfuscator> rules_;
    service_report* report_;
    devo::obfuscation_counters reported_;
    std::uint64_t cycles_;  ///< that have ended
};

}  // namespace qdc::app
