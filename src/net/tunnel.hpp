#pragma once
// Private to net/: a proxy's tunnel.

#include "net/proxy.hpp"
#include "net/tcp_socket.hpp"

namespace qdc::net
{

/// Asks the proxy at the other end of `socket` for a tunnel to `to`, all within `within`. On success the next byte that
/// `socket` reads is the first one of the tunnel. Errors: proxy_category(), or the socket's own.
boost::asio::awaitable<error_code> open_tunnel(tcp_socket& socket, proxy via, peer to, connection::limit within);

}  // namespace qdc::net
