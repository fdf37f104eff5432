#include "app/status_endpoint.hpp"

#include <fmt/format.h>

#include <string>
#include <utility>

namespace qdc::app
{

std::unique_ptr<status::server> open_status_endpoint(
    boost::asio::any_io_executor ex,
    const settings::status_endpoint& wanted,
    std::function<collector_report()> look,
    log& program_log
)
{
    const log_origin main_log(program_log, "MainProcess::MainThread");
    status::server_options options;
    options.address = wanted.address;
    options.port = wanted.port;
    auto endpoint = std::make_unique<status::server>(
        std::move(ex), options, std::move(look), log_origin(program_log, "MainProcess::Status")
    );
    const auto failure = endpoint->listen();
    if (failure)
    {
        main_log.error(
            trouble_id::status_port,
            fmt::format(
                "The status endpoint cannot listen on {} port {}: {}. Nothing was collected; free the port, or set "
                "globals.status.port, or globals.status.enabled: false",
                wanted.address,
                wanted.port,
                failure.message()
            )
        );
        return nullptr;
    }
    const bool six = wanted.address.find(':') != std::string::npos;
    main_log.info(
        fmt::format("Status page: http://{}:{}/", six ? '[' + wanted.address + ']' : wanted.address, endpoint->port())
    );
    return endpoint;
}

}  // namespace qdc::app
