#pragma once

#include "app/exit_status.hpp"
#include "app/run.hpp"
#include "base/utc.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

namespace qdc::cli
{

using app::exit_status;

enum class verb
{
    run,
    validate,
    doctor,
    plan,
    top,
    pull,
    state,
    version,
};

/// What `state` does.
enum class state_action
{
    show,
    reset,
    set,
    export_all,
    import_official,
};

/// The command line, checked as far as it can be without the configuration.
struct command_line : app::run_options  // `once` is also of `top`
{
    cli::verb verb{cli::verb::run};
    bool json{false};

    // pull
    std::string service;  ///< also of `state`
    std::optional<utc_time> since;
    std::optional<utc_time> until;
    std::uint64_t limit{0};  ///< 0: none
    bool raw{false};

    // state: `service` says of which, empty is all
    state_action state{state_action::show};
    std::string value;  ///< set: JSON text or "-"; import: a directory
};

/// Reads the arguments, or prints the help or what is wrong with them and says how to exit.
std::variant<command_line, exit_status> parse_command_line(int argc, const char* const* argv);

}  // namespace qdc::cli
