#include "net/connection.hpp"
#include "net/tcp_socket.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/this_coro.hpp>

#include <utility>

namespace qdc::net
{

namespace asio = boost::asio;

asio::awaitable<result<std::unique_ptr<connection>>>
dial(peer to, std::shared_ptr<tls_context> tls, connection::limit within)
{
    const auto ex = co_await asio::this_coro::executor;
    asio::ip::tcp::resolver resolver(ex);
    const auto [unresolved, addresses] = co_await resolver.async_resolve(to.host, to.port, no_throw);
    if (unresolved)
        co_return unresolved;

    tcp_socket socket(ex);
    set_limit(socket, within);
    const auto [unreachable, address] = co_await socket.async_connect(addresses, no_throw);
    if (unreachable)
        co_return plain_error(unreachable);
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
