#pragma once
// Private to net/: the heavy header, shared by the .cpp files that move bytes.

#include "base/error.hpp"
#include "net/connection.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/tcp_stream.hpp>

namespace qdc::net
{

inline constexpr auto no_throw = boost::asio::as_tuple(boost::asio::use_awaitable);

using tcp_socket = boost::beast::tcp_stream;

/// Limits the next operation that is started; one that waits already keeps its own limit.
void set_limit(tcp_socket& socket, connection::limit within);

/// Beast's own code for a time limit becomes everybody's.
error_code plain_error(error_code ec);

/// See connection::peer_has_ended().
bool peer_has_ended(tcp_socket& socket);

/// See connection::has_unread(); only what the kernel holds.
bool kernel_has_unread(tcp_socket& socket);

/// For end_sending(): asio::error::eof or the kernel's pending error when the peer's end has come before ours.
error_code ended_before(tcp_socket& socket);

/// See connection::unacknowledged().
result<std::size_t> unacknowledged_bytes(tcp_socket& socket);

/// See connection::progress().
byte_progress progress_of(tcp_socket& socket);

/// See connection::peer_address().
std::string peer_address(const tcp_socket& socket);

/// Plain TCP over a connected socket.
std::unique_ptr<connection> make_tcp_connection(tcp_socket socket);

/// TLS over a connected socket, after its handshake; `host` is for SNI, the check of the certificate and the session to
/// resume. `within` is for each wait. Errors: those of the system, of OpenSSL and of the certificate's check.
boost::asio::awaitable<result<std::unique_ptr<connection>>>
make_tls_connection(tcp_socket socket, std::shared_ptr<tls_context> tls, std::string host, connection::limit within);

}  // namespace qdc::net
