#pragma once

#include "app/command_line.hpp"

namespace qdc::app
{

/// The verb `state`: shows, resets, sets and exports checkpoints, and takes over the official collector's.
exit_status state(const command_line& line);

}  // namespace qdc::app
