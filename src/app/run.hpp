#pragma once

#include "app/exit_status.hpp"
#include "app/startup.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace qdc::app
{

/// What the command line says about collecting.
struct run_options : program_options
{
    bool once{false};                   ///< one complete cycle of each service, then exit
    std::vector<std::string> services;  ///< empty: all that are configured
    bool no_save_state{false};
    std::chrono::seconds give_up_after{300};  ///< with `once`: how long transient faults are retried
};

/// Collects until stopped, or with `once` one cycle of each service.
exit_status run(const run_options& options);

}  // namespace qdc::app
