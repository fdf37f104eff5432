#pragma once

#include "ports/reports.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace qdc::status
{

/// What a running instance told of itself.
struct told_report
{
    std::string version;
    collector_report report;  ///< `started` and `now` are as far apart as `uptime_seconds` says, to its fraction
};

/// Reads what report_json() wrote, as `/status` answered it; nothing: it is no such object. Whatever listens on that port
/// may have written it: a member that is missing or of another kind counts as not known, an unknown one is passed over.
std::optional<told_report> read_report(std::string_view json);

}  // namespace qdc::status
