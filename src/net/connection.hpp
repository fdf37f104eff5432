#pragma once

#include "base/error.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace qdc::net
{

class tls_context;

/// One byte stream to a peer, with or without TLS. One read and one write may wait at the same time. Every wait obeys a
/// stop; a time limit that ran out is asio::error::timed_out.
class connection
{
public:
    using limit = std::chrono::steady_clock::duration;

    /// No time limit.
    static constexpr limit forever = limit::max();

    virtual ~connection() = default;

    /// At least one byte, or 0 at the peer's end of stream, with or without close_notify.
    virtual boost::asio::awaitable<result<std::size_t>> read_some(std::span<char> into, limit within) = 0;

    /// All of `bytes`, which the caller keeps meanwhile. Done means: in the kernel. It does not mean delivered.
    virtual boost::asio::awaitable<error_code> write(std::span<const char> bytes, limit within) = 0;

    /// Says that nothing more will be sent: close_notify, then TCP's FIN. Reading goes on. asio::error::eof: the peer has
    /// ended before, so its end is no answer to ours.
    virtual boost::asio::awaitable<error_code> end_sending(limit within) = 0;

    /// Bytes that the peer's kernel has not acknowledged, or an error that the kernel noticed meanwhile. Asking clears
    /// such an error.
    virtual result<std::size_t> unacknowledged() = 0;

    /// Whether TCP's own end of stream, or a reset, has come, read or not. close_notify does not count.
    virtual bool peer_has_ended() = 0;
};

/// Where a connection goes.
struct peer
{
    std::string host;
    std::string port;

    std::string text() const { return host + ':' + port; }
};

/// Resolves, connects (every address in turn, IPv6 and IPv4) and, with a context, shakes hands. SNI and the name check
/// use `to.host`. With TLS 1.3 success does not say that the peer accepts our certificate: its refusal comes with a later
/// read.
boost::asio::awaitable<result<std::unique_ptr<connection>>> dial(
    peer to,
    std::shared_ptr<tls_context> tls,  ///< nullptr: plain TCP
    connection::limit within           ///< for each step
);

}  // namespace qdc::net
