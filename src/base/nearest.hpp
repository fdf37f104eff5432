#pragma once

#include <string_view>
#include <vector>

namespace qdc
{

/// The candidate that `word` was probably meant to be, whatever the case: the one with the fewest letters added, dropped or
/// changed. Empty when none is near: a third of the letters may be wrong.
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace qdc
