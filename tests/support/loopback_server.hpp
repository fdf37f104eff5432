#pragma once

#include "base/error.hpp"
#include "support/test_pki.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <memory>
#include <string>

struct ssl_st;
struct ssl_ctx_st;

namespace qdc::test
{

struct ssl_freed
{
    void operator()(ssl_st* ssl) const noexcept;
    void operator()(ssl_ctx_st* context) const noexcept;
};

/// The server's end of one connection. OpenSSL works on the socket itself, so that a test decides alone when each of
/// close_notify, FIN and reset goes out.
class loopback_end
{
public:
    loopback_end(boost::asio::ip::tcp::socket socket, ssl_ctx_st* context);

    boost::asio::awaitable<error_code> handshake();

    boost::asio::awaitable<std::string> read_some();  ///< empty at any kind of end
    boost::asio::awaitable<std::string> read_line();  ///< with its line feed; what came before an end without one
    boost::asio::awaitable<std::string> read_exactly(std::size_t size);
    boost::asio::awaitable<std::string> read_to_end();
    boost::asio::awaitable<void> wait_for_fin();  ///< reads nothing
    boost::asio::awaitable<void> write(std::string bytes);
    void write_past_tls(const std::string& bytes);  ///< what no TLS would say

    void end_tls();         ///< close_notify, and nothing else
    void end_tcp();         ///< FIN, and nothing else
    void close();           ///< without close_notify; a reset when something is unread
    void close_in_order();  ///< close_notify and the socket
    void reset();
    void request_key_update();  ///< asks the client for new keys as well

    bool saw_close_notify() const noexcept { return saw_close_notify_; }

    std::string server_name() const;  ///< SNI, or empty

    ssl_st* native() const noexcept { return ssl_.get(); }

private:
    boost::asio::awaitable<void> ready(int outcome);

    boost::asio::ip::tcp::socket socket_;
    std::unique_ptr<ssl_st, ssl_freed> ssl_;  ///< nothing: plain TCP
    std::string pending_;                     ///< read, but not taken
    bool saw_close_notify_{false};
};

/// Where a server listens and what it insists on.
struct server_rules
{
    std::string client_authority;  ///< PEM; empty: no client certificate is asked for
    int lowest{0};                 ///< TLS1_x_VERSION; 0: OpenSSL's default
    int highest{0};
    std::string address{"127.0.0.1"};
    unsigned short port{0};  ///< 0: of the kernel's choice
};

/// Listens on 127.0.0.1 at a port of the kernel's choice, or at a given one.
class loopback_server
{
public:
    loopback_server(boost::asio::io_context& io, const identity& who, const server_rules& rules = {});
    explicit loopback_server(boost::asio::io_context& io, unsigned short port = 0);  ///< plain TCP

    std::string port() const;

    /// The next connection, after its handshake (whose failure shows in reads that end at once).
    boost::asio::awaitable<std::unique_ptr<loopback_end>> accept();
    boost::asio::awaitable<std::unique_ptr<loopback_end>> accept_silently();  ///< no handshake

    void close();  ///< refuses from now on

private:
    std::unique_ptr<ssl_ctx_st, ssl_freed> context_;
    boost::asio::ip::tcp::acceptor acceptor_;
};

}  // namespace qdc::test
