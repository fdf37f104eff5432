#pragma once

#include "base/utc.hpp"
#include "settings/settings.hpp"
#include "status/log_output.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace qdc::app
{

/// Exit statuses; sysexits.h where it has one.
enum class exit_status
{
    done = 0,
    failed = 1,   ///< a cycle or a check failed, the state directory cannot be used, a port is taken
    usage = 2,    ///< wrong usage
    locked = 75,  ///< another instance holds the state directory
    misconfigured = 78,
};

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
struct command_line
{
    app::verb verb{app::verb::run};
    settings::location where;
    status::log_format format{status::log_format::automatic};
    log_level threshold{log_level::info};
    bool json{false};

    // run
    bool once{false};                   ///< also of `top`
    std::vector<std::string> services;  ///< empty: all that are configured
    bool no_save_state{false};
    std::chrono::seconds give_up_after{300};

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

}  // namespace qdc::app
