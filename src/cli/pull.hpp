#pragma once

#include "app/exit_status.hpp"
#include "app/startup.hpp"
#include "base/utc.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace qdc::cli
{

using app::exit_status;

/// What the command line says for `pull`.
struct pull_options : app::program_options
{
    std::string service;
    std::optional<utc_time> since;       ///< inclusive; nothing: where the first cycle of `run` begins
    std::optional<utc_time> until;       ///< inclusive; nothing: now
    std::optional<std::uint64_t> limit;  ///< events; 0: none, and Qualys is not asked
    bool raw{false};                     ///< answers as received, instead of events
};

/// The verb `pull`: the events of one service, or the answers of Qualys as received, on standard output. Touches neither
/// state nor Devo.
exit_status pull(const pull_options& options);

}  // namespace qdc::cli
