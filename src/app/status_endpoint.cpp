#include "app/status_endpoint.hpp"

#include "net/peer.hpp"

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
    const net::peer taken{wanted.address, std::to_string(endpoint->port())};
    main_log.info("Status page: http://" + taken.text() + '/');
    return endpoint;
}

}  // namespace qdc::app
