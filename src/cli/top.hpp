#pragma once

#include "app/exit_status.hpp"
#include "app/startup.hpp"

#include <string>

namespace qdc::cli
{

using app::exit_status;

/// What the command line says for `top`.
struct top_options : app::program_options
{
    bool once{false};
    bool json{false};
    std::string url;  ///< of the status endpoint; empty: as the configuration says
};

/// The verb `top`: what the running instance of this configuration is doing, drawn again every 2 s on a terminal until it
/// is interrupted or the key q is pressed; once, and without control sequences, on anything else.
exit_status top(const top_options& options);

}  // namespace qdc::cli
