#pragma once

#include "cli/command_line.hpp"

namespace qdc::cli
{

/// The verb `top`: what the running instance of this configuration is doing, drawn again every 2 s on a terminal until it
/// is interrupted or the key q is pressed; once, and without control sequences, on anything else.
exit_status top(const command_line& line);

}  // namespace qdc::cli
