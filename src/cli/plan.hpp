#pragma once

#include "cli/command_line.hpp"

namespace qdc::cli
{

/// The verb `plan`: for each service the call with which its next cycle begins, by configuration and checkpoint, and the
/// quota left, as the running instance knows it. Takes no lock, changes nothing and asks nothing of Qualys.
exit_status plan(const command_line& line);

}  // namespace qdc::cli
