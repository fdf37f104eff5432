#pragma once

#include "base/utc.hpp"
#include "qualys/endpoint.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace qdc::qualys
{

/// "version 4.0 of host_list is removed in December 2026", from 90 days before that month on, and afterwards "was to be
/// removed". Nothing: no end is announced, or it is far.
std::optional<std::string> end_of_life(const endpoint& endpoint, std::string_view version, utc_time now);

}  // namespace qdc::qualys
