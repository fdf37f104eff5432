#pragma once

#include "app/command_line.hpp"
#include "app/masking_log.hpp"
#include "ports/log.hpp"
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

/// What the verbs by hand begin with: a log, and the configuration, which may not be usable.
struct beginning
{
    explicit beginning(const command_line& line) : output(make_program_log(line)), read(load_settings(line, log)) {}

    std::unique_ptr<status::log_output> output;
    masking_log log{*output};
    log_origin origin{log, "MainProcess::MainThread"};
    settings::outcome read;
};

}  // namespace qdc::app
