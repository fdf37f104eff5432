#pragma once

#include "ports/state_store.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace qdc::state
{

/// How many base files a key has: state/base_file.hpp.
inline constexpr std::size_t base_file_count = 3;

/// The names of the files that belong to one key, without the directory.
struct file_names
{
    std::string newest;     ///< "qualys.13241243.host_list.json"
    std::string previous;   ///< "qualys.13241243.host_list.prev.json"
    std::string set_aside;  ///< "qualys.13241243.host_list.reset.json": what the last reset took away
    std::array<std::string, base_file_count> bases;  ///< "qualys.13241243.host_list.base1.json" …
};

/// Every character outside [A-Za-z0-9_-] is percent-encoded, so that no name can leave the directory and each name
/// leads back to its key.
file_names names_of(const state_key& key);

/// The name of a folder that belongs to one input: "qualys.13241243".
std::string folder_name(std::string_view input, std::string_view id);

/// What the temporary files end in. They are ours alone, and worthless once their writer is gone.
inline constexpr std::string_view temporary_suffix = ".tmp";

/// The key that a file of either generation belongs to; nothing for every other name.
std::optional<state_key> key_of(std::string_view file_name);

}  // namespace qdc::state
