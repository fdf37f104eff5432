#pragma once

#include "ports/reports.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qdc::status
{

/// What the last cycle of one service took.
struct reported_cycle
{
    std::string input;
    std::string service;
    std::uint64_t requests{0};
    utc_time started{};
    utc_time ended{};  ///< 1970: none has ended yet
};

/// What a running instance knows of its calls to Qualys.
struct reported_calls
{
    utc_time now{};
    std::vector<quota_report> quotas;
    std::vector<reported_cycle> cycles;  ///< one for each service
};

/// Reads them from what `/status` answered; nothing: it is no such object. Whatever listens on that port may have
/// written it: a member that is missing or of another kind counts as not known, an unknown one is passed over.
std::optional<reported_calls> read_reported_calls(std::string_view json);

}  // namespace qdc::status
