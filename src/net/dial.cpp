#include "net/connect.hpp"
#include "net/connection.hpp"
#include "net/tls_context.hpp"
#include "net/tunnel.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <utility>

namespace qdc::net
{

namespace asio = boost::asio;

namespace
{

/// A socket to `at`, set up for what follows.
asio::awaitable<result<tcp_socket>> reach(peer at, connection::limit within)
{
    const auto found = co_await resolve(std::move(at), within);
    if (!found)
        co_return result<tcp_socket>(boost::system::in_place_error, found.error());
    auto addresses = interleaved(*found);
    auto connected = co_await connect_any(std::move(addresses), within);
    if (!connected)
        co_return connected;
    // Whole batches are written at once; waiting for more would only delay the last one.
    error_code ignored;
    connected->socket().set_option(asio::ip::tcp::no_delay(true), ignored);
    connected->socket().non_blocking(true, ignored);
    co_return connected;
}

}  // namespace

asio::awaitable<result<std::unique_ptr<connection>>>
dial(peer to, std::optional<proxy> via, std::shared_ptr<tls_context> tls, connection::limit within)
{
    auto first_hop = via ? via->at : to;
    auto reached = co_await reach(std::move(first_hop), within);
    if (!reached)
        co_return reached.error();
    auto socket = std::move(*reached);
    if (via)
    {
        const auto refused = co_await open_tunnel(socket, *via, to, within);
        if (refused)
            co_return refused;
    }
    if (tls == nullptr)
    {
        auto plain = make_tcp_connection(std::move(socket));
        co_return plain;
    }
    // A server that refuses to resume has ended the connection; it is met once more, with a full handshake.
    const bool could_resume = tls->resumes();
    auto made = co_await make_tls_connection(std::move(socket), tls, to.host, within);
    if (made || tls->resumes() == could_resume)
        co_return made;
    auto in_full = co_await dial(std::move(to), std::move(via), std::move(tls), within);
    co_return in_full;
}

}  // namespace qdc::net
