#pragma once

#include "base/utc.hpp"
#include "ports/log.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace qdc::logging
{

/// In which form records leave.
enum class log_format
{
    automatic,  ///< journald when standard error is connected to the journal, else text
    text,       ///< the official collector's line
    json,       ///< one object a line
    journald,   ///< native datagrams; where no journald listens: text behind "<priority>"
};

/// "text", "json", "journald" as --log-format spells them; nothing for another word.
std::optional<log_format> log_format_of(std::string_view word);

/// "debug", "info", "warning", "error" as --log-level spells them, in either case; nothing for another word.
std::optional<log_level> log_level_of(std::string_view word);

/// How the log is made; the defaults are those of the program.
struct log_options
{
    log_format format{log_format::automatic};
    log_level threshold{log_level::info};  ///< records below are not written
    int descriptor{2};                     ///< not owned
    std::string identifier{"qualys-devo-collector"};
    std::string journal_socket{"/run/systemd/journal/socket"};
    std::function<utc_time()> now;  ///< empty: the system's clock
};

/// The log of the program.
class log_output : public log
{
public:
    /// For a reloaded configuration.
    virtual void set_threshold(log_level threshold) = 0;

    /// Records lost since the start, because their reader did not keep up or went away.
    virtual std::uint64_t dropped() const = 0;
};

/// Makes the log. It never waits for whoever reads it (log_stream.hpp); records lost that way are counted, and the
/// number is written as a warning as soon as there is room again.
std::unique_ptr<log_output> make_log(log_options options);

}  // namespace qdc::logging
