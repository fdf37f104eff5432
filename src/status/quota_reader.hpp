#pragma once

#include "ports/reports.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace qdc::status
{

/// What a running instance knows of its calls to Qualys.
struct reported_quotas
{
    utc_time now{};
    std::vector<quota_report> quotas;
};

/// Reads them from what `/status` answered; nothing: it is no such object. Whatever listens on that port may have
/// written it: a member that is missing or of another kind counts as not known, an unknown one is passed over.
std::optional<reported_quotas> read_quotas(std::string_view json);

}  // namespace qdc::status
