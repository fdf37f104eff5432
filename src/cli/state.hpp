#pragma once

#include "cli/command_line.hpp"

namespace qdc::cli
{

/// The verb `state`: shows, resets, sets and exports checkpoints, and takes over the official collector's.
exit_status state(const command_line& line);

}  // namespace qdc::cli
