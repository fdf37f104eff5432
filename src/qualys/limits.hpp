#pragma once

#include "base/utc.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace qdc::qualys
{

/// What the headers of an answer say about the limits of its endpoint. They count for the complete subscription: all
/// users and all tools share them. (API guide, "API limits"; the header names are those seen in real answers.)
struct limits
{
    std::optional<std::uint64_t> calls;          ///< X-RateLimit-Limit: allowed within the window
    std::optional<std::chrono::seconds> window;  ///< X-RateLimit-Window-Sec: it slides
    std::optional<std::uint64_t> remaining;      ///< X-RateLimit-Remaining
    std::optional<std::chrono::seconds> wait;    ///< X-RateLimit-ToWait-Sec, when it says more than 0
    std::optional<std::uint64_t> concurrent;     ///< X-Concurrency-Limit-Limit
    std::optional<std::uint64_t> running;        ///< X-Concurrency-Limit-Running; may or may not count this call
};

/// `fields` are an answer's headers, names in lower case. A value that is no number, or is out of all proportion,
/// counts as not said.
limits read_limits(const std::vector<std::pair<std::string, std::string>>& fields);

/// Retry-After: seconds, or a date that is compared with the answer's own Date, else with `now`. At most an hour;
/// nothing when it is none of both, or over already. (RFC 9110, section 10.2.3.)
std::optional<std::chrono::seconds>
read_retry_after(const std::vector<std::pair<std::string, std::string>>& fields, utc_time now);

}  // namespace qdc::qualys
