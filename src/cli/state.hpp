#pragma once

#include "app/exit_status.hpp"
#include "app/startup.hpp"

#include <filesystem>
#include <string>

namespace qdc::cli
{

using app::exit_status;

/// The verbs below `state`.
enum class state_action
{
    show,
    reset,
    set,
    export_all,
    import_official,
};

/// What the command line says for `state`. Which members count depends on the action.
struct state_options : app::program_options
{
    state_action action{state_action::show};
    std::string service;              ///< set: the one; show, reset, export: empty means all
    std::string checkpoint;           ///< set: JSON text, or "-" for standard input
    std::filesystem::path directory;  ///< import: with the official collector's files
};

/// The verb `state`: shows, resets, sets and exports checkpoints, and takes over the official collector's. Needs neither
/// the secrets nor the certificates of the configuration.
exit_status state(const state_options& options);

}  // namespace qdc::cli
