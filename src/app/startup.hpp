#pragma once

#include "logging/masking_log.hpp"
#include "logging/output.hpp"
#include "ports/log.hpp"
#include "settings/settings.hpp"

#include <memory>

namespace qdc::app
{

/// What the command line says for every verb.
struct program_options
{
    settings::location where;
    logging::log_format format{logging::log_format::automatic};
    log_level threshold{log_level::info};
};

/// The log that the command line asks for, on standard error.
std::unique_ptr<logging::log_output> make_program_log(const program_options& options);

/// What of the search for the configuration is logged, besides its problems.
enum class search_lines
{
    none,
    official,  ///< the official collector's account of where it looked
};

/// Reads the configuration and logs what was found. Its secrets are hidden in `log` from then on.
settings::outcome
load_settings(const program_options& options, logging::masking_log& log, search_lines search = search_lines::none);

/// What the verbs by hand begin with: a log, and the configuration, which may not be usable.
struct verb_session
{
    explicit verb_session(const program_options& options)
        : output(make_program_log(options)),
          read(load_settings(options, log))
    {
    }

    std::unique_ptr<logging::log_output> output;
    logging::masking_log log{*output};
    log_origin origin{log, "MainProcess::MainThread"};
    settings::outcome read;
};

}  // namespace qdc::app
