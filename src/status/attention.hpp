#pragma once

#include "ports/reports.hpp"

#include <string>
#include <vector>

namespace qdc::status
{

/// Something that somebody should know.
struct trouble
{
    bool bad{false};  ///< worse than a warning
    std::string who;  ///< the service, output or certificate
    std::string text;
    std::string part;  ///< the same for programs: "service INPUT SERVICE", "output NAME", "certificate OUTPUT FILE"
};

/// Everything that needs attention, the bad ones first. The status page and `top` show it.
std::vector<trouble> troubles_of(const collector_report& all);

/// How things stand, in a few words: "ALL IS WELL: 4 services up to date".
std::string headline(const collector_report& all, const std::vector<trouble>& found);

/// What a service is called beside the others: with its input where there are several.
std::string name_of(const service_report& one, const collector_report& all);

/// Whether all services belong to one input, so that it need not be named.
bool one_input(const collector_report& all);

/// Whether an output tries to connect and fails.
bool cannot_connect(const output_report& of, utc_time now);

}  // namespace qdc::status
