#pragma once

#include "doctor/checks.hpp"
#include "settings/settings.hpp"

namespace qdc::doctor
{

/// What is wrong with the configuration; the same as `validate` says.
void check_configuration(const settings::outcome& read, check_notes& notes);

/// The state directory and the space on its disk. Nothing is made that is not there: made by root, the collector could
/// not use it.
void check_state(const settings::collector& settings, check_notes& notes);

/// The tag of each service.
void check_tags(const settings::input& input, check_notes& notes);

}  // namespace qdc::doctor
