#pragma once
// Private to net/, but for app/doctor, which shows what a name resolves to: from a name to a socket.

#include "net/peer.hpp"
#include "net/tcp_socket.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <vector>

namespace qdc::net
{

using tcp_addresses = std::vector<boost::asio::ip::tcp::endpoint>;

/// Looks a name up. After `within` it is asio::error::timed_out, and a stop ends it at once; getaddrinfo itself cannot be
/// interrupted, so it still holds Asio's one resolver thread, and with it io_context::run() and further look-ups, until it
/// comes back to an answer that nobody wants.
boost::asio::awaitable<result<tcp_addresses>> resolve(peer of, connection::limit within);

/// The two families in turn, beginning with the first address's (RFC 8305, section 4).
tcp_addresses interleaved(const tcp_addresses& addresses);

/// The first address that answers. An address that is silent for 250 ms, or fails, lets the next one begin; all together
/// have `within`. The error is that of the attempt that failed last.
boost::asio::awaitable<result<tcp_socket>> connect_any(tcp_addresses addresses, connection::limit within);

}  // namespace qdc::net
