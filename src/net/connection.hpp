#pragma once

#include "base/error.hpp"
#include "net/certificate.hpp"
#include "net/peer.hpp"
#include "net/proxy.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

namespace qdc::net
{

class tls_context;

/// What the peer's kernel has done with the bytes of a connection.
struct byte_progress
{
    std::uint64_t taken{0};  ///< acknowledged since the connection was made; only grows
    std::size_t untaken{0};  ///< in our kernel, not acknowledged
};

/// One byte stream to a peer, with or without TLS. One read and one write may wait at the same time. Every wait ends at
/// a stop; a time limit that ran out is asio::error::timed_out.
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

    /// Says that nothing more will be sent: close_notify, then TCP's FIN. Reading goes on. asio::error::eof: the peer
    /// has ended before, so its end is no answer to ours.
    virtual boost::asio::awaitable<error_code> end_sending(limit within) = 0;

    /// Bytes that the peer's kernel has not acknowledged, or an error that the kernel noticed meanwhile. Asking clears
    /// such an error.
    virtual result<std::size_t> unacknowledged() = 0;

    /// How far the peer's kernel is; clears nothing.
    virtual byte_progress progress() = 0;

    /// Whether TCP's own end of stream, or a reset, has come, read or not. close_notify does not count.
    virtual bool peer_has_ended() = 0;

    /// Whether the peer has said, within TLS, that nothing follows (close_notify). Anybody can forge TCP's own end;
    /// always false on plain TCP.
    virtual bool ended_in_order() const = 0;

    /// Whether something of the peer waits that no read has taken, be it data, close_notify or another message of TLS.
    virtual bool has_unread() = 0;

    /// What the peer has shown as its own; nothing on plain TCP.
    virtual std::optional<certificate_facts> peer_certificate() const = 0;

    /// The address at the other end of the socket, which may be a proxy's: "10.0.0.1".
    virtual std::string peer_address() const = 0;
};

/// Why no connection was made: the code of the address that was tried last, and a message that names all of them.
class dial_failure : public error_code
{
public:
    using error_code::error_code;

    explicit dial_failure(const error_code& code) : error_code(code) {}

    dial_failure(const error_code& code, std::string text, std::string addresses)
        : error_code(code),
          text_(std::move(text)),
          addresses_(std::move(addresses))
    {
    }

    /// "Connection refused (10.0.0.1, 10.0.0.2); certificate has expired (10.0.0.3)".
    std::string message() const { return text_.empty() ? error_code::message() : text_; }

    /// The addresses that were tried, "10.0.0.1, 10.0.0.2"; empty when the configuration names the only one, or there
    /// is none.
    const std::string& addresses() const noexcept { return addresses_; }

private:
    std::string text_;
    std::string addresses_;
};

using dial_result = boost::system::result<std::unique_ptr<connection>, dial_failure>;

/// Resolves, connects (IPv6 and IPv4 in turn; a silent address delays the next one by a quarter of a second) and, with
/// a context, shakes hands. When TCP, the proxy, TLS or the certificate of one address fails, the next one is tried;
/// the one that failed comes last for ten minutes. Through a proxy only the proxy's name is resolved here. SNI and the
/// name check use `to.name()`. With TLS 1.3 success does not say that the peer accepts our certificate: its refusal
/// comes with a later read. Errors: those of the system, OpenSSL, name_lookup and proxy_category().
boost::asio::awaitable<dial_result> dial(
    peer to,
    std::optional<proxy> via,          ///< nothing: directly
    std::shared_ptr<tls_context> tls,  ///< nullptr: plain TCP
    connection::limit within  ///< for each step: look-up, connecting, the proxy's answer, each wait of the handshake
);

}  // namespace qdc::net
