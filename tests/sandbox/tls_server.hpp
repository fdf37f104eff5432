#pragma once

#include "sandbox/gated_socket.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <chrono>
#include <memory>
#include <string>

namespace qdc::sandbox
{

struct server_identity;

using tls_stream = boost::asio::ssl::stream<gated_socket>;

/// TLS 1.2 at least; with a client CA, clients must show a certificate that it signed.
boost::asio::ssl::context make_server_context(const server_identity& identity);

/// Listens on `address`:`port` (0: any). Throws boost::system::system_error.
boost::asio::ip::tcp::acceptor
listen(boost::asio::io_context& io, const std::string& address, unsigned short port, int receive_buffer);

boost::asio::awaitable<void> sleep_for(std::chrono::nanoseconds time);

/// close_notify, then the peer's end awaited for at most `patience`, then the socket is closed. The stream outlives us.
boost::asio::awaitable<void> close_in_order(tls_stream& stream, std::chrono::milliseconds patience);

/// close_notify, then the socket is closed at once and unread bytes are answered with a reset. The caller has taken
/// what the TLS layer had read already. The stream outlives us.
boost::asio::awaitable<void> close_unread(tls_stream& stream);

/// The connection ends with a reset.
void close_with_reset(tls_stream& stream);

/// The connection ends with a FIN and no close_notify.
void close_without_notice(tls_stream& stream);

}  // namespace qdc::sandbox
