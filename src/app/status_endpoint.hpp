#pragma once

#include "ports/log.hpp"
#include "ports/reports.hpp"
#include "settings/settings.hpp"
#include "status/server.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <functional>
#include <memory>

namespace qdc::app
{

/// Makes the status endpoint and takes its port. nullptr: that failed, and the log has the reason. `look`: as status::server
/// asks for it; `program_log` outlives the endpoint.
std::unique_ptr<status::server> open_status_endpoint(
    boost::asio::any_io_executor ex,
    const settings::status_endpoint& wanted,
    std::function<collector_report()> look,
    log& program_log
);

}  // namespace qdc::app
