#pragma once

#include "app/exit_status.hpp"
#include "app/startup.hpp"

namespace qdc::cli
{

using app::exit_status;

/// What the command line says for `plan`.
struct plan_options : app::program_options
{
    bool json{false};
};

/// The verb `plan`: for each service the call with which its next cycle begins, by configuration and checkpoint, and the
/// quota left, as the running instance knows it. Takes no lock, changes nothing and asks nothing of Qualys.
exit_status plan(const plan_options& options);

}  // namespace qdc::cli
