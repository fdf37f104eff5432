#include "support/loopback_pair.hpp"

#include "flow/task_group.hpp"
#include "support/loopback_moment.hpp"

#include <doctest/doctest.h>

#include <optional>

namespace qdc::test
{

namespace asio = boost::asio;
using namespace std::chrono_literals;

asio::awaitable<loopback_pair> connect_pair(asio::io_context& io, const loopback_site* site)
{
    std::optional<loopback_server> server;
    std::shared_ptr<net::tls_context> tls;
    if (site != nullptr)
    {
        server.emplace(io, site->server());
        tls = site->client();
    }
    else
    {
        server.emplace(io);
    }

    loopback_pair made;
    task_group servers(io.get_executor());
    servers.spawn("accept", accept_into(*server, made.theirs));
    net::peer to{"localhost", server->port()};
    auto dialled = co_await net::dial(std::move(to), std::nullopt, std::move(tls), 2s);
    co_await servers.join();
    REQUIRE(dialled.has_value());
    made.ours = std::move(*dialled);
    co_return std::move(made);
}

}  // namespace qdc::test
