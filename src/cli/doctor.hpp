#pragma once

#include "app/exit_status.hpp"
#include "app/startup.hpp"

namespace qdc::cli
{

using app::exit_status;

/// What the command line says for `doctor`.
struct doctor_options : app::program_options
{
    bool json{false};
};

/// The verb `doctor`: every check that needs the network, one line each, with what helps. Sends nothing to Devo and saves
/// nothing. `failed` when a check failed.
exit_status doctor(const doctor_options& options);

}  // namespace qdc::cli
