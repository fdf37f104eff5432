#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace qdc::sandbox
{

/// Qualys tells times in whole seconds, UTC.
using instant = std::chrono::sys_seconds;

instant now();

/// `2026-11-22T10:00:00Z`, always 20 characters.
std::string to_text(instant at);

/// `11/22/2026 09:45:10`, as the scan results print it.
std::string to_american_text(instant at);

/// `Sun, 22 Nov 2026 10:00:00 GMT`, as HTTP writes dates.
std::string to_http_text(instant at);

/// Reads `YYYY-MM-DD` or `YYYY-MM-DDTHH:MM:SSZ`; nothing else, as the server does.
std::optional<instant> parse_instant(std::string_view text);

}  // namespace qdc::sandbox
