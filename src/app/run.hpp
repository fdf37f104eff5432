#pragma once

#include "app/command_line.hpp"

namespace qdc::app
{

/// The verb `run`: collects until it is stopped, or for one cycle.
exit_status run(const command_line& line);

}  // namespace qdc::app
