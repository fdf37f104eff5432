#pragma once
// Private to net/, but for app/doctor, which shows what a name resolves to: from a name to a socket.

#include "net/peer.hpp"
#include "net/tcp_socket.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <optional>
#include <string>
#include <vector>

namespace qdc::net
{

using tcp_addresses = std::vector<boost::asio::ip::tcp::endpoint>;

/// What a name stands for, in the order in which it is tried: the families in turn, those that failed lately at the
/// end. An address is itself, without a look-up. See name_lookup::find() for the errors; a port that is no number is
/// asio::error::service_not_found. A stop ends the wait at once.
boost::asio::awaitable<result<tcp_addresses>> resolve(peer peer, connection::limit within);

/// The two families in turn, beginning with the first address's (RFC 8305, section 4).
tcp_addresses interleaved(const tcp_addresses& addresses);

/// An address that did not work.
struct failed_address
{
    boost::asio::ip::tcp::endpoint address;
    error_code failure;
    std::string detail{};  ///< more about it, in words
};

/// What connecting to several addresses came to.
struct connect_outcome
{
    std::optional<tcp_socket> socket;        ///< nothing: none answered
    boost::asio::ip::tcp::endpoint address;  ///< of `socket`
    std::vector<failed_address> failed;      ///< before that
    error_code failure;                      ///< without a socket: that of the attempt that failed last
};

/// The first address that answers. An address that is silent for 250 ms, or fails, lets the next one begin; all
/// together have `within`.
boost::asio::awaitable<connect_outcome> connect_any(tcp_addresses addresses, connection::limit within);

}  // namespace qdc::net
