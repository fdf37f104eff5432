#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qdc::services
{

/// What the index holds of a QID: what its event looked like, and the members that detections carry.
struct kb_entry
{
    std::uint64_t event{0};    ///< fingerprint
    std::uint64_t names{0};    ///< print_of_names() of the members
    std::string_view members;  ///< a JSON object, ready to be put into an event

    bool operator==(const kb_entry&) const = default;
};

/// The bytes that the index keeps: the two prints (8 each, lowest first), then the members.
std::string encode(const kb_entry& entry);

/// A view into `bytes`. Nothing: not such bytes.
std::optional<kb_entry> decode_kb_entry(std::string_view bytes);

/// Tells lists of members apart.
std::uint64_t print_of_names(const std::vector<std::string>& names);

/// The members of a detection's KNOWLEDGE_BASE: those of the entry's event (a JSON object, its last brace may be missing)
/// that `names` has, in the order of `names`. CVE_LIST becomes the plain array of its ids: `["CVE-2024-1","CVE-2024-2"]`.
std::string joined_members(std::string_view event, const std::vector<std::string>& names);

}  // namespace qdc::services
