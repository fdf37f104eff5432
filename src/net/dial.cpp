#include "net/connection.hpp"
#include "net/tcp_socket.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/this_coro.hpp>

#include <string>
#include <utility>

namespace qdc::net
{

namespace asio = boost::asio;

namespace
{

/// Every address in turn, each with the whole limit: one that is silent must not spend the time of the others.
asio::awaitable<result<tcp_socket>> connect(asio::ip::tcp::resolver::results_type addresses, connection::limit within)
{
    const auto ex = co_await asio::this_coro::executor;
    error_code unreachable = asio::error::host_not_found;
    for (const auto& each : addresses)
    {
        tcp_socket socket(ex);
        set_limit(socket, within);
        const auto [failure] = co_await socket.async_connect(each.endpoint(), no_throw);
        if (!failure)
            co_return result<tcp_socket>(boost::system::in_place_value, std::move(socket));
        unreachable = plain_error(failure);
        if (unreachable == asio::error::operation_aborted)
            break;
    }
    co_return result<tcp_socket>(boost::system::in_place_error, unreachable);
}

}  // namespace

asio::awaitable<result<std::unique_ptr<connection>>>
dial(peer to, std::shared_ptr<tls_context> tls, connection::limit within)
{
    const auto ex = co_await asio::this_coro::executor;
    asio::ip::tcp::resolver resolver(ex);
    auto [unresolved, addresses] = co_await resolver.async_resolve(to.host, to.port, no_throw);
    if (unresolved && to.host == "localhost")
    {
        // That name is the loopback everywhere (RFC 6761, section 6.3), also where nobody wrote it into /etc/hosts.
        const std::string loopback = "127.0.0.1";
        const auto [impossible, local] = co_await resolver.async_resolve(loopback, to.port, no_throw);
        unresolved = impossible;
        addresses = local;
    }
    if (unresolved)
        co_return unresolved;

    auto connected = co_await connect(addresses, within);
    if (!connected)
        co_return connected.error();
    auto socket = std::move(*connected);
    // Whole batches are written at once; waiting for more would only delay the last one.
    error_code ignored;
    socket.socket().set_option(asio::ip::tcp::no_delay(true), ignored);
    socket.socket().non_blocking(true, ignored);

    if (tls == nullptr)
    {
        auto plain = make_tcp_connection(std::move(socket));
        co_return plain;
    }
    auto made = co_await make_tls_connection(std::move(socket), std::move(tls), to.host, within);
    co_return made;
}

}  // namespace qdc::net
