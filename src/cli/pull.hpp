#pragma once

#include "cli/command_line.hpp"

namespace qdc::cli
{

/// The verb `pull`: the events of one service, or the answers of Qualys as received, on standard output. Touches neither
/// state nor Devo.
exit_status pull(const command_line& line);

}  // namespace qdc::cli
