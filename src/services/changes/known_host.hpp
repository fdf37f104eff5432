#pragma once

#include "base/utc.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qdc::services
{

/// What is remembered of a finding once its last event is confirmed.
struct known_finding
{
    /// The members that it is known by, as JSON without braces: `"UNIQUE_VULN_ID":"8214"`, or QID, PORT, PROTOCOL, SSL,
    /// FQDN, INSTANCE, those that are there. A second finding of the same members has "#2" behind them, and so on.
    std::string key;
    std::uint64_t print{0};  ///< of the members that count; the upper 16 bits are 0; or unknown_print
    // As texts with their escapes; empty: not there.
    std::string status;
    std::string severity;
    std::string qds;

    bool operator==(const known_finding&) const = default;
};

/// A print that was made of other members than those that count now tells nothing.
inline constexpr std::uint64_t unknown_print = (std::uint64_t{1} << 48) - 1;

/// What is remembered of a host.
struct known_host
{
    std::uint8_t counted{0};                ///< counted_members::mark() of the members that the prints are made of
    std::optional<utc_time> missing_since;  ///< the first complete list of ids that lacked it; whole seconds
    std::vector<known_finding> findings;    ///< by key, in the order of order_of_keys()

    bool operator==(const known_host&) const = default;
};

/// The order in which findings stand: numbers of UNIQUE_VULN_ID ascending, then everything else as text.
bool order_of_keys(std::string_view left, std::string_view right);

/// The bytes that the store keeps, some 12 for a finding that has a UNIQUE_VULN_ID:
///
///     version (1) | counted (1) | missing since (varint, seconds; 0: it is not) | count of numbered findings (varint)
///     for each: step of its UNIQUE_VULN_ID from the one before (varint) | print (6) | status | severity | QDS
///     for each other finding: its key (text) | the same
///
/// Status, severity and QDS are one byte each where they are usual, a text otherwise; a text is its length (varint) and its
/// bytes.
std::string encode(const known_host& host);

/// Nothing: not such bytes.
std::optional<known_host> decode(std::string_view bytes);

}  // namespace qdc::services
