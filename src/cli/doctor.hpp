#pragma once

#include "cli/command_line.hpp"

namespace qdc::cli
{

/// The verb `doctor`: every check that needs the network, one line each, with what helps. Sends nothing to Devo and saves
/// nothing. `failed` when a check failed.
exit_status doctor(const command_line& line);

}  // namespace qdc::cli
