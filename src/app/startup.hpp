#pragma once

#include "app/command_line.hpp"
#include "app/masking_log.hpp"
#include "settings/settings.hpp"
#include "status/log_output.hpp"

#include <memory>

namespace qdc::app
{

/// The log that the command line asks for, on standard error.
std::unique_ptr<status::log_output> make_program_log(const command_line& line);

/// Reads the configuration and logs what was found, as the official collector does. Its secrets are hidden in `log` from
/// then on.
settings::outcome load_settings(const command_line& line, masking_log& log);

}  // namespace qdc::app
