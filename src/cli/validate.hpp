#pragma once

#include "cli/command_line.hpp"

namespace qdc::cli
{

/// The verb `validate`: reads the configuration exactly as `run` does and prints every problem.
exit_status validate(const command_line& line);

}  // namespace qdc::cli
