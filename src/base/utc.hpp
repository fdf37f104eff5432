#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace qdc
{

/// A moment of the calendar, always UTC.
using utc_time = std::chrono::system_clock::time_point;

/// "2024-01-10T09:47:08Z": how Qualys writes and reads dates; a fraction is refused by it and never written.
std::string utc_seconds(utc_time time);

/// "2024-01-10 09:47:08.290": the date of a Devo frame.
std::string utc_millis(utc_time time);

/// "2024-01-10T09:47:08.290": the date of an official log line.
std::string utc_log(utc_time time);

/// Milliseconds since 1970, as a decimal number: the form of @devo_pulling_id.
std::string epoch_millis(utc_time time);

/// Reads exactly "YYYY-MM-DDTHH:MM:SSZ"; anything else, also an impossible date or a year outside 1678 to 2261, is
/// nothing.
std::optional<utc_time> parse_utc(std::string_view text);

/// The same for a time that a peer says: only years 2000 to 2199 are plausible. Sums and differences of such times, of our
/// clock and of any configured span fit into the clock's 64 bits, and each can be written into a state.
std::optional<utc_time> parse_peer_utc(std::string_view text);

/// Reads the date of an HTTP header in each of its three forms: "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94
/// 08:49:37 GMT", "Sun Nov  6 08:49:37 1994" (RFC 9110, section 5.6.7). As parse_peer_utc() it takes years 2000 to 2199 only.
std::optional<utc_time> parse_http_date(std::string_view text);

}  // namespace qdc
