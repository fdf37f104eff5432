#pragma once

#include "settings/problem.hpp"
#include "settings/settings.hpp"

#include <string>
#include <vector>

namespace qdc::app
{

/// Of a configuration that cannot be used: its first error, as the log has it.
std::string first_error(const std::vector<settings::problem>& problems);

/// What of the configuration has changed although it cannot while the program runs, in words; empty: nothing.
std::string fixed_part_changed(const settings::collector& now, const settings::collector& changed);

}  // namespace qdc::app
