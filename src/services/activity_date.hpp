#pragma once

#include "base/utc.hpp"

#include <optional>
#include <string_view>

namespace qdc::services
{

/// The date of a row of the activity log: "2026-11-22T09:59:58Z", and what it may turn into: a blank for the T, a fraction
/// of a second (which is dropped), an offset ("+01:00", "+0100", "+01", "UTC", "GMT") or nothing for the Z, which means UTC.
std::optional<utc_time> activity_date(std::string_view text);

}  // namespace qdc::services
