#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace qdc::app
{

/// One message of the sd_notify(3) protocol, "READY=1\nSTATUS=…", to the socket that $NOTIFY_SOCKET names. Without one, or
/// when nobody listens, nothing happens. libsystemd does the same, and brings six other libraries and 1.1 MiB of resident
/// memory for it; its own page advises to write the few lines instead.
void notify(const std::string& message);

/// How long the service manager waits for a sign of life before it restarts this process ($WATCHDOG_USEC,
/// sd_watchdog_enabled(3)); nothing: it does not watch this process.
std::optional<std::chrono::microseconds> watchdog_period();

}  // namespace qdc::app
