#pragma once

#include "app/run.hpp"
#include "cli/doctor.hpp"
#include "cli/plan.hpp"
#include "cli/pull.hpp"
#include "cli/state.hpp"
#include "cli/top.hpp"
#include "cli/validate.hpp"
#include "cli/version.hpp"

#include <variant>

namespace qdc::cli
{

/// The verb and its options, checked as far as it can be without the configuration; or, where there is nothing left to do,
/// how to exit: help is printed, or what is wrong.
using command = std::variant<
    exit_status,
    app::run_options,
    validate_options,
    doctor_options,
    plan_options,
    top_options,
    pull_options,
    state_options,
    version_options>;

/// Reads the arguments. Help goes to standard output, what is wrong to standard error.
command parse_command_line(int argc, const char* const* argv);

}  // namespace qdc::cli
