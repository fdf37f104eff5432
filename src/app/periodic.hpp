#pragma once

#include "app/parts.hpp"
#include "app/telemetry.hpp"
#include "ports/log.hpp"
#include "ports/time_source.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace qdc::app
{

/// The lines that the official collector writes every five minutes, in its words ("Sender statistics", "Check memory
/// usage").

/// What one connection-making output has sent.
class sender_statistics
{
public:
    /// Everything referred to outlives it. Begins with what the output's report says now: that may be from before a
    /// reload.
    sender_statistics(
        const output_part& output,
        std::size_t number,
        std::chrono::seconds period,
        log& out,
        telemetry& events,
        time_source& time
    );

    /// Writes what was sent since the last time, and sends it to Devo as a metric.
    void report();

    /// report() in every period, until it is stopped.
    boost::asio::awaitable<void> run();

private:
    const output_part& output_;
    std::size_t number_;  ///< among the outputs, from 0
    std::chrono::seconds period_;
    log& out_;
    telemetry& events_;
    time_source& time_;
    utc_time since_;
    std::uint64_t messages_{0};  ///< these three: as reported last
    std::uint64_t bytes_{0};
    double seconds_{0};
};

/// How much memory this process has, and how much of the machine's is in use.
struct memory_use
{
    double machine_percent{0};
    std::uint64_t resident_bytes{0};
    std::uint64_t virtual_bytes{0};
};

/// "[GC] global: 20.4% -> 20.4%, process: RSS(34.50MiB -> 34.08MiB), VMS(410.52MiB -> 410.02MiB)"
std::string memory_text(const memory_use& before, const memory_use& after);

/// What is not available, of the text of /proc/meminfo (proc(5)); 0 when it does not say.
double used_percent(std::string_view meminfo);

/// Gives unused memory back to the system every five minutes and writes how much is left, until it is stopped.
boost::asio::awaitable<void> log_memory(log_origin main, time_source& time);

}  // namespace qdc::app
