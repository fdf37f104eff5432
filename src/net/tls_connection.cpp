//  How bytes go, one direction each way; OpenSSL sees memory only:
//
//   write()      plain ──▶ SSL_write_ex ──▶ cipher_.to_send ──▶ flush() ──▶ sending_ ──▶ socket
//   read_some()  plain ◀── SSL_read_ex ◀── cipher_.received ◀── receive() ◀── receiving_ ◀── socket
//
//  The handshake takes turns over the same two ways:
//
//   ours                                        peer
//     |--- SSL_do_handshake, flush(): hello ------>|
//     |<-- receive(): hello, certificate ----------|   perhaps in several pieces, each a turn of the loop
//     |--- SSL_do_handshake, flush(): finished --->|

#include "flow/condition.hpp"
#include "net/cipher_bio.hpp"
#include "net/tcp_socket.hpp"
#include "net/tls_context.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/write.hpp>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

namespace qdc::net
{

namespace asio = boost::asio;

namespace
{

// What one read from the kernel is good for: one TLS record and its overhead; where more is waiting, several.
constexpr std::size_t record_bytes = 17 * 1024;
constexpr std::size_t most_bytes = 64 * 1024;

/// For async_write: one send for all there is, instead of one for each 64 KiB.
std::size_t all_at_once(const error_code& ec, std::size_t)
{
    return ec ? 0 : std::size_t{1} << 30;
}

// For the few bytes with which reading answers the peer: a reader may wait forever, the writer behind it may not.
constexpr connection::limit answer_limit = std::chrono::seconds(30);

struct ssl_deleter
{
    void operator()(SSL* ssl) const noexcept { ::SSL_free(ssl); }
};

/// TLS over a socket, with OpenSSL working on memory: it never sees the socket, so one send can carry many records (a
/// seventh of all CPU, measured), and close_notify can go out without waiting for the peer's.
class tls_connection final : public connection
{
public:
    tls_connection(tcp_socket socket, std::shared_ptr<tls_context> context, asio::any_io_executor ex)
        : socket_(std::move(socket)),
          context_(std::move(context)),
          ssl_(::SSL_new(context_->native())),
          receiving_(record_bytes),
          flushed_(std::move(ex))
    {
        auto* const bio = make_cipher_bio(cipher_);
        ::SSL_set_bio(ssl_.get(), bio, bio);  // takes ownership
        ::SSL_set_connect_state(ssl_.get());
    }

    asio::awaitable<error_code> handshake(std::string host, limit within);
    asio::awaitable<result<std::size_t>> read_some(std::span<char> into, limit within) override;
    asio::awaitable<error_code> write(std::span<const char> bytes, limit within) override;
    asio::awaitable<error_code> end_sending(limit within) override;

    result<std::size_t> unacknowledged() override { return unacknowledged_bytes(socket_); }

    byte_progress progress() override { return progress_of(socket_); }

    bool peer_has_ended() override { return net::peer_has_ended(socket_); }

    bool has_unread() override
    {
        return ::SSL_has_pending(ssl_.get()) == 1 || !cipher_.received.empty() || kernel_has_unread(socket_);
    }

    bool ended_in_order() const override { return (::SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0; }

    std::optional<certificate_facts> peer_certificate() const override
    {
        const auto* const shown = ::SSL_get0_peer_certificate(ssl_.get());
        return shown == nullptr ? std::nullopt : std::optional(facts_of(*shown));
    }

    std::string peer_address() const override { return net::peer_address(socket_); }

private:
    error_code failure_of(int outcome) const;
    std::size_t read_received(std::span<char> into);
    asio::awaitable<result<std::size_t>> receive(limit within);
    asio::awaitable<error_code> flush(limit within);
    void take_to_send();

    tcp_socket socket_;
    std::shared_ptr<tls_context> context_;
    cipher_text cipher_;
    std::unique_ptr<SSL, ssl_deleter> ssl_;
    std::vector<char> receiving_;  ///< what cipher_.received points into
    std::size_t last_received_{0};
    std::vector<char> sending_;
    bool flushing_{false};
    error_code late_failure_;  ///< of reading, behind bytes that are handed out first
    bool ended_{false};        ///< our end is out: nothing may follow it
    condition flushed_;
};

/// While it lives, `sending_` and the socket's write side belong to one coroutine; also when that one is stopped.
struct flushing_turn
{
    flushing_turn(bool& taken, condition& freed) : taken_(taken), freed_(freed) { taken_ = true; }

    ~flushing_turn()
    {
        taken_ = false;
        freed_.notify_all();
    }

    flushing_turn(const flushing_turn&) = delete;
    flushing_turn& operator=(const flushing_turn&) = delete;

    bool& taken_;
    condition& freed_;
};

/// Names the peer for SNI and for the check of its certificate; an address is checked as such and never sent as SNI
/// (RFC 6066, section 3).
bool name_peer(SSL* ssl, const std::string& host, bool check)
{
    // The certificate is checked for an address or for a name; with the check switched off the address goes again.
    auto* const verify = ::SSL_get0_param(ssl);
    const bool address = ::X509_VERIFY_PARAM_set1_ip_asc(verify, host.c_str()) == 1;
    if (!check && address)
        ::X509_VERIFY_PARAM_set1_ip(verify, nullptr, 0);
    // OpenSSL leaves an error behind for a host that is no address: it is about none of the later calls.
    ::ERR_clear_error();
    if (address)
        return true;
    const bool named = !check || ::SSL_set1_host(ssl, host.c_str()) == 1;
    return named && ::SSL_set_tlsext_host_name(ssl, host.c_str()) == 1;
}

asio::awaitable<error_code> tls_connection::handshake(std::string host, limit within)
{
    if (!name_peer(ssl_.get(), host, context_->checks_hostname()))
        co_return last_tls_error();
    const bool resumes = context_->offer_session(ssl_.get(), host);
    // One turn: let OpenSSL work on what is here, send what it made, read when it needs more.
    for (;;)
    {
        ::ERR_clear_error();
        const int outcome = ::SSL_do_handshake(ssl_.get());
        const auto failure = outcome == 1 ? error_code() : failure_of(outcome);
        // The failure may come from the session that was offered: without one the next handshake is a full one.
        if (failure && resumes)
            context_->stop_resuming();
        // Also after a failure: the peer shall get the alert that says why.
        const auto unsent = co_await flush(within);
        if (failure)
            co_return failure;
        if (unsent || outcome == 1)
            co_return unsent;
        const auto received = co_await receive(within);
        if (!received)
            co_return received.error();
        if (*received == 0)
            co_return error_code(asio::error::eof);
    }
}

asio::awaitable<result<std::size_t>> tls_connection::read_some(std::span<char> into, limit within)
{
    // Hand out decrypted bytes if there are any, else get more ciphertext and try again.
    for (;;)
    {
        // Found by the call before, behind bytes that it returned.
        if (late_failure_)
            co_return late_failure_;
        ::ERR_clear_error();
        std::size_t size = 0;
        const int outcome = ::SSL_read_ex(ssl_.get(), into.data(), into.size(), &size);
        if (outcome == 1)
            co_return size + read_received(into.subspan(size));
        // A close_notify of the peer: the end of its stream, in order.
        if (::SSL_get_error(ssl_.get(), outcome) == SSL_ERROR_ZERO_RETURN)
            co_return std::size_t{0};
        if (const auto failure = failure_of(outcome))
            co_return failure;
        // Reading may have made something to send: an answer to a key update, an alert.
        const auto unsent = co_await flush(std::min(within, answer_limit));
        if (unsent)
            co_return unsent;
        // 0 is TCP's end without close_notify; ended_in_order() tells the two apart.
        const auto received = co_await receive(within);
        if (!received || *received == 0)
            co_return received;
    }
}

/// Whole records that are here already: a turn through the layers above serves them all.
std::size_t tls_connection::read_received(std::span<char> into)
{
    std::size_t filled = 0;
    // Each call gives one record at most.
    while (filled < into.size() && !cipher_.received.empty())
    {
        std::size_t size = 0;
        const int outcome = ::SSL_read_ex(ssl_.get(), into.data() + filled, into.size() - filled, &size);
        filled += size;
        if (outcome == 1)
            continue;
        // No more complete record, an end or a failure: the next read_some() meets it, behind these bytes.
        if (::SSL_get_error(ssl_.get(), outcome) != SSL_ERROR_ZERO_RETURN)
            late_failure_ = failure_of(outcome);
        break;
    }
    // A connection that is idle needs no buffers of 16 KiB; one that works keeps them from record to record.
    if (cipher_.received.empty())
        ::SSL_free_buffers(ssl_.get());
    return filled;
}

asio::awaitable<error_code> tls_connection::write(std::span<const char> bytes, limit within)
{
    // Growing by doubling would hold twice as much as a batch needs; complete records, so that one buffer fits many
    // batches.
    const auto records = bytes.size() / SSL3_RT_MAX_PLAIN_LENGTH + 1;
    cipher_.to_send.reserve(cipher_.to_send.size() + records * SSL3_RT_MAX_ENCRYPTED_LENGTH);
    // Everything is encrypted into to_send first; nothing goes to the socket before flush().
    while (!bytes.empty())
    {
        ::ERR_clear_error();
        std::size_t taken = 0;
        const int outcome = ::SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &taken);
        if (outcome != 1)
        {
            const auto failure = failure_of(outcome);
            co_return failure ? failure : error_code(asio::error::would_block);
        }
        bytes = bytes.subspan(taken);
    }
    co_return co_await flush(within);
}

asio::awaitable<error_code> tls_connection::end_sending(limit within)
{
    // Ciphertext that is under way goes out first: close_notify is the last record.
    while (flushing_)
        co_await flushed_.wait();
    // An end of the peer that came before ours is no answer to it.
    if (const auto early = ended_before(socket_))
        co_return early;
    const flushing_turn turn(flushing_, flushed_);
    ended_ = true;
    ::ERR_clear_error();
    // close_notify goes to to_send. 0 only means that the peer's has not come yet.
    const int outcome = ::SSL_shutdown(ssl_.get());
    if (outcome < 0)
    {
        if (const auto failure = failure_of(outcome))
            co_return failure;
    }
    // At once, without a turn of the loop: an end of the peer that is seen from here on is its answer to ours.
    take_to_send();
    error_code ec;
    const auto sent = socket_.socket().send(asio::buffer(sending_), 0, ec);
    // The send buffer of the kernel is full: the rest has to wait for space.
    if (ec == asio::error::would_block || (!ec && sent < sending_.size()))
    {
        set_limit(socket_, within);
        const auto rest = asio::buffer(sending_) + (ec ? 0 : sent);
        const auto [late, size] = co_await asio::async_write(socket_, rest, all_at_once, no_throw);
        ec = plain_error(late);
    }
    // TCP's FIN behind close_notify. Reading goes on.
    if (!ec)
        socket_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ec);
    co_return ec;
}

/// What an outcome that is no success means; nothing: OpenSSL needs more from the peer.
error_code tls_connection::failure_of(int outcome) const
{
    const int code = ::SSL_get_error(ssl_.get(), outcome);
    if (code == SSL_ERROR_WANT_READ || code == SSL_ERROR_WANT_WRITE)
        return {};
    // What the check of the certificate found says more than OpenSSL's own "certificate verify failed".
    const auto verified = ::SSL_get_verify_result(ssl_.get());
    if (code == SSL_ERROR_SSL && verified != X509_V_OK)
    {
        ::ERR_clear_error();
        return verification_error(verified);
    }
    return code == SSL_ERROR_SSL ? last_tls_error() : error_code(asio::error::connection_aborted);
}

/// Ciphertext from the peer to OpenSSL; 0 at the end of the TCP stream.
asio::awaitable<result<std::size_t>> tls_connection::receive(limit within)
{
    // A full buffer the last time: more is waiting than one record.
    if (last_received_ == receiving_.size())
        receiving_.resize(most_bytes);
    set_limit(socket_, within);
    const auto [ec, size] = co_await socket_.async_read_some(asio::buffer(receiving_), no_throw);
    if (ec == asio::error::eof)
        co_return std::size_t{0};
    if (ec)
        co_return plain_error(ec);
    cipher_.received = {receiving_.data(), size};  // OpenSSL asks for more only when it has taken all
    last_received_ = size;
    co_return size;
}

/// What OpenSSL made is now in `sending_`, and to_send is empty for what it makes meanwhile.
void tls_connection::take_to_send()
{
    sending_.clear();
    sending_.swap(cipher_.to_send);
}

/// Ciphertext from OpenSSL to the peer. Records must not mix: one flush at a time.
asio::awaitable<error_code> tls_connection::flush(limit within)
{
    while (flushing_)
        co_await flushed_.wait();
    const flushing_turn turn(flushing_, flushed_);
    error_code failure;
    // After our end an answer to the peer (to a key update, say) has no way out any more.
    while (!failure && !ended_ && !cipher_.to_send.empty())
    {
        take_to_send();
        set_limit(socket_, within);
        const auto [ec, size] = co_await asio::async_write(socket_, asio::buffer(sending_), all_at_once, no_throw);
        failure = plain_error(ec);
    }
    // The larger buffer serves the next batch too: two of them would take turns.
    if (cipher_.to_send.empty() && cipher_.to_send.capacity() < sending_.capacity())
        take_to_send();
    co_return failure;
}

}  // namespace

asio::awaitable<result<std::unique_ptr<connection>>>
make_tls_connection(tcp_socket socket, std::shared_ptr<tls_context> tls, std::string host, connection::limit within)
{
    const auto ex = co_await asio::this_coro::executor;
    auto made = std::make_unique<tls_connection>(std::move(socket), std::move(tls), ex);
    const auto failure = co_await made->handshake(std::move(host), within);
    if (failure)
        co_return failure;
    std::unique_ptr<connection> ready = std::move(made);
    co_return ready;
}

}  // namespace qdc::net
