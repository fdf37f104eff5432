#include "support/loopback_server.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <csignal>

#include <netinet/tcp.h>
#include <sys/socket.h>

namespace qdc::test
{

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;

namespace
{

template <class T>
std::unique_ptr<T, void (*)(T*)> parsed(const std::string& pem, T* (*read)(BIO*), void (*free)(T*))
{
    BIO* const in = ::BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
    std::unique_ptr<T, void (*)(T*)> made(read(in), free);
    ::BIO_free(in);
    REQUIRE(made != nullptr);
    return made;
}

auto certificate_of(const std::string& pem)
{
    constexpr auto read = [](BIO* in) { return ::PEM_read_bio_X509(in, nullptr, nullptr, nullptr); };
    return parsed<X509>(pem, read, ::X509_free);
}

auto key_of(const std::string& pem)
{
    constexpr auto read = [](BIO* in) { return ::PEM_read_bio_PrivateKey(in, nullptr, nullptr, nullptr); };
    return parsed<EVP_PKEY>(pem, read, ::EVP_PKEY_free);
}

tcp::acceptor listener(asio::io_context& io, const std::string& address, unsigned short port)
{
    return {io, {asio::ip::make_address(address), port}};
}

}  // namespace

void ssl_freed::operator()(ssl_st* ssl) const noexcept
{
    ::SSL_free(ssl);
}

void ssl_freed::operator()(ssl_ctx_st* context) const noexcept
{
    ::SSL_CTX_free(context);
}

loopback_end::loopback_end(tcp::socket socket, ssl_ctx_st* context) : socket_(std::move(socket))
{
    socket_.non_blocking(true);
    if (context == nullptr)
        return;
    ssl_.reset(::SSL_new(context));
    ::SSL_set_fd(ssl_.get(), socket_.native_handle());
    ::SSL_set_accept_state(ssl_.get());
}

/// Waits for what OpenSSL (or recv) wants.
asio::awaitable<void> loopback_end::ready(int outcome)
{
    const bool to_write = ssl_ != nullptr && ::SSL_get_error(ssl_.get(), outcome) == SSL_ERROR_WANT_WRITE;
    const auto what = to_write ? tcp::socket::wait_write : tcp::socket::wait_read;
    co_await socket_.async_wait(what, asio::use_awaitable);
}

asio::awaitable<error_code> loopback_end::handshake()
{
    for (;;)
    {
        ::ERR_clear_error();
        const int outcome = ::SSL_do_handshake(ssl_.get());
        if (outcome == 1)
            co_return error_code();
        const int why = ::SSL_get_error(ssl_.get(), outcome);
        if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE)
            co_return error_code(asio::error::connection_aborted);
        co_await ready(outcome);
    }
}

asio::awaitable<std::string> loopback_end::read_some()
{
    if (!pending_.empty())
        co_return std::exchange(pending_, {});
    std::array<char, 16 * 1024> into{};
    for (;;)
    {
        ::ERR_clear_error();
        const int size = ssl_ ? ::SSL_read(ssl_.get(), into.data(), static_cast<int>(into.size()))
                              : static_cast<int>(::recv(socket_.native_handle(), into.data(), into.size(), 0));
        if (size > 0)
            co_return std::string(into.data(), static_cast<std::size_t>(size));
        const int why = ssl_ ? ::SSL_get_error(ssl_.get(), size) : SSL_ERROR_SYSCALL;
        saw_close_notify_ = saw_close_notify_ || why == SSL_ERROR_ZERO_RETURN;
        const bool again =
            ssl_ ? why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE : size < 0 && errno == EAGAIN;
        if (!again)
            co_return std::string();
        co_await ready(size);
    }
}

asio::awaitable<std::string> loopback_end::read_line()
{
    std::string line;
    for (;;)
    {
        const auto more = co_await read_some();
        line += more;
        const auto end = line.find('\n');
        if (more.empty())
            co_return line;
        if (end == std::string::npos)
            continue;
        pending_ = line.substr(end + 1);
        line.resize(end + 1);
        co_return line;
    }
}

asio::awaitable<std::string> loopback_end::read_exactly(std::size_t size)
{
    std::string all;
    while (all.size() < size)
    {
        const auto more = co_await read_some();
        if (more.empty())
            break;
        all += more;
    }
    pending_ = all.substr(std::min(size, all.size()));
    all.resize(all.size() - pending_.size());
    co_return all;
}

asio::awaitable<std::string> loopback_end::read_to_end()
{
    std::string all;
    for (;;)
    {
        const auto more = co_await read_some();
        if (more.empty())
            co_return all;
        all += more;
    }
}

asio::awaitable<void> loopback_end::wait_for_fin()
{
    asio::steady_timer a_moment(socket_.get_executor());
    for (;;)
    {
        tcp_info info{};
        socklen_t size = sizeof info;
        ::getsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_INFO, &info, &size);
        // Seen from here: everything in which the client has ended its side.
        if (info.tcpi_state != TCP_ESTABLISHED && info.tcpi_state != TCP_FIN_WAIT1 && info.tcpi_state != TCP_FIN_WAIT2)
            co_return;
        a_moment.expires_after(1ms);
        co_await a_moment.async_wait(asio::use_awaitable);
    }
}

asio::awaitable<void> loopback_end::write(std::string bytes)
{
    for (std::size_t done = 0; done < bytes.size();)
    {
        ::ERR_clear_error();
        const auto left = bytes.size() - done;
        const auto* const from = bytes.data() + done;
        const auto size = ssl_ ? ::SSL_write(ssl_.get(), from, static_cast<int>(left))
                               : static_cast<int>(::send(socket_.native_handle(), from, left, MSG_NOSIGNAL));
        if (size > 0)
        {
            done += static_cast<std::size_t>(size);
            continue;
        }
        const int why = ssl_ ? ::SSL_get_error(ssl_.get(), size) : SSL_ERROR_SYSCALL;
        if (ssl_ ? why != SSL_ERROR_WANT_WRITE && why != SSL_ERROR_WANT_READ : errno != EAGAIN)
            co_return;
        if (!ssl_ || why == SSL_ERROR_WANT_WRITE)
            co_await socket_.async_wait(tcp::socket::wait_write, asio::use_awaitable);
        else
            co_await ready(size);
    }
}

void loopback_end::write_past_tls(const std::string& bytes)
{
    CHECK(
        ::send(socket_.native_handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size())
    );
}

void loopback_end::end_tls()
{
    ::ERR_clear_error();
    ::SSL_shutdown(ssl_.get());  // fails where the client has cut the connection
}

void loopback_end::end_tcp()
{
    error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
}

void loopback_end::close()
{
    error_code ignored;
    socket_.close(ignored);
}

void loopback_end::close_in_order()
{
    if (ssl_)
        end_tls();
    close();
}

void loopback_end::reset()
{
    error_code ignored;
    socket_.set_option(asio::socket_base::linger(true, 0), ignored);
    socket_.close(ignored);
}

void loopback_end::request_key_update()
{
    CHECK(::SSL_key_update(ssl_.get(), SSL_KEY_UPDATE_REQUESTED) == 1);
    CHECK(::SSL_do_handshake(ssl_.get()) == 1);
}

std::string loopback_end::server_name() const
{
    const auto* const name = ::SSL_get_servername(ssl_.get(), TLSEXT_NAMETYPE_host_name);
    return name == nullptr ? "" : name;
}

loopback_server::loopback_server(asio::io_context& io, const identity& who, const server_rules& rules)
    : context_(::SSL_CTX_new(::TLS_server_method())),
      acceptor_(listener(io, rules.address, rules.port))
{
    // OpenSSL writes to the socket by itself, without MSG_NOSIGNAL.
    std::signal(SIGPIPE, SIG_IGN);
    auto* const context = context_.get();
    ::SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    REQUIRE(::SSL_CTX_use_certificate(context, certificate_of(who.certificate).get()) == 1);
    REQUIRE(::SSL_CTX_use_PrivateKey(context, key_of(who.key).get()) == 1);
    if (rules.highest != 0 && rules.highest < TLS1_2_VERSION)
        ::SSL_CTX_set_security_level(context, 0);
    ::SSL_CTX_set_min_proto_version(context, rules.lowest);
    ::SSL_CTX_set_max_proto_version(context, rules.highest);
    if (rules.client_authority.empty())
        return;
    ::X509_STORE_add_cert(::SSL_CTX_get_cert_store(context), certificate_of(rules.client_authority).get());
    ::SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
}

loopback_server::loopback_server(asio::io_context& io, unsigned short port) : acceptor_(listener(io, "127.0.0.1", port))
{
}

std::string loopback_server::port() const
{
    return std::to_string(acceptor_.local_endpoint().port());
}

asio::awaitable<std::unique_ptr<loopback_end>> loopback_server::accept()
{
    auto end = co_await accept_silently();
    if (context_ != nullptr) [[maybe_unused]]
        const auto failure = co_await end->handshake();
    co_return std::move(end);
}

asio::awaitable<std::unique_ptr<loopback_end>> loopback_server::accept_silently()
{
    auto socket = co_await acceptor_.async_accept(asio::use_awaitable);
    auto end = std::make_unique<loopback_end>(std::move(socket), context_.get());
    co_return std::move(end);
}

void loopback_server::close()
{
    acceptor_.close();
}

}  // namespace qdc::test
