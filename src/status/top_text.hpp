#pragma once

#include "ports/reports.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace qdc::status
{

/// The status page for a terminal, as lines of at most `width` columns (60 at least): how things stand, then each service,
/// the calls left, the outputs. Rates are those since `before`, an earlier report; without one, or after a restart, they
/// are not known. Whatever came from outside stands there with its control characters escaped.
std::vector<std::string> top_lines(const collector_report& now, const collector_report* before, std::size_t width);

}  // namespace qdc::status
