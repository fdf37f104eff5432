#pragma once

#include "ports/log.hpp"
#include "ports/reports.hpp"
#include "ports/time_source.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <optional>
#include <string>

namespace qdc::app
{

/// Waits until the machine's clock has reached `start`, the beginning of a service's data. That a start lies in the
/// future is a fault of the configuration, unless the clock is known to be behind, as at boot before it is set
/// (app/configuration): then it is a matter of seconds or minutes. Says so in the log and in `report`.
///
/// False: it has not come within `limit`; nothing means forever.
boost::asio::awaitable<bool> wait_for_clock(
    utc_time start,
    std::optional<std::chrono::seconds> limit,
    std::string service,
    service_report& report,
    time_source& time,
    log_origin log
);

}  // namespace qdc::app
