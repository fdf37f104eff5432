#pragma once

#include "app/parts.hpp"
#include "app/upkeep.hpp"
#include "ports/log.hpp"
#include "settings/problem.hpp"
#include "settings/settings.hpp"

#include <optional>
#include <string>
#include <vector>

namespace qdc::app
{

/// Of a configuration that cannot be used: its first error, as the log has it.
std::string first_error(const std::vector<settings::problem>& problems);

/// What of the configuration has changed although it cannot while the program runs, in words; empty: nothing.
std::string fixed_part_changed(const settings::collector& now, const settings::collector& changed);

/// Whether some service waits because its login was refused.
bool login_refused(const parts& moving);

/// What to go on with where a password is refused and the input has a next one: once, because what was tried is not tried
/// again before the configuration or a secret changes. Nothing: no input is in that case.
std::optional<settings::collector>
with_next_passwords(const settings::collector& now, const parts& moving, const log_origin& log);

/// The files that a configuration was made of.
watched_files files_to_watch(const settings::sources& sources, const settings::collector& made);

}  // namespace qdc::app
