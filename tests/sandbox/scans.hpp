#pragma once

#include "sandbox/world.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qdc::sandbox
{

instant launched_at(const world& in, std::uint64_t scan);

/// `scan/1763800000.10001`
std::string scan_reference(const world& in, std::uint64_t scan);

/// The scan of that reference; nothing when there is none.
std::optional<std::uint64_t> find_scan(const world& in, std::string_view reference);

/// Findings that a fetch would give now: none while the scan runs, a part for a cancelled one.
std::uint64_t finding_count(const world& in, std::uint64_t scan);

/// One member of a finding.
struct scan_member
{
    enum class kind
    {
        text,
        number,  ///< `text` holds the digits
        null,
    };

    std::string_view name;
    kind what;
    std::string text;
};

/// A finding's members in their order, as in real json_extended answers. (ip, qid) is unique within a scan.
std::vector<scan_member> finding_of(const world& in, std::uint64_t scan, std::uint64_t number);

std::string_view state_name(scan_state state);

}  // namespace qdc::sandbox
