#pragma once

#include "app/exit_status.hpp"
#include "app/startup.hpp"

namespace qdc::cli
{

using app::exit_status;

/// What the command line says for `validate`.
struct validate_options : app::program_options
{
    bool json{false};
};

/// The verb `validate`: every problem of the configuration on standard output, as `run` would find it, without network.
exit_status validate(const validate_options& options);

}  // namespace qdc::cli
