#pragma once

#include "settings/repair.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace qdc::settings
{

/// Characters of the quoted string that `text` begins with, both quotes included; all of `text` when it never ends.
/// Double quotes escape with a backslash, single ones by doubling (YAML 1.2, sections 7.3.1 and 7.3.2).
std::size_t quoted_length(std::string_view text, char quote);

/// The half of repair() that moves lines sideways. Two shapes of the official page's `filters` samples are repaired: a key
/// that stands deeper than the `key: value` above it, and filters that stand no deeper than their `filters:`.
std::string repair_indentation(std::string text, std::vector<repair_note>& notes);

}  // namespace qdc::settings
