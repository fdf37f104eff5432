#include "net/tcp_socket.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/error.hpp>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <utility>

#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace qdc::net
{

namespace asio = boost::asio;

namespace
{

/// The kernel's tcp_info goes on where the C library's ends (linux/tcp.h, which excludes the C library's header).
struct kernel_tcp_info
{
    tcp_info known;
    std::uint64_t pacing_rate;
    std::uint64_t max_pacing_rate;
    std::uint64_t bytes_acked;  ///< RFC 4898, ThruOctetsAcked
};

static_assert(sizeof(tcp_info) == 104 && offsetof(kernel_tcp_info, bytes_acked) == 120);

/// TCP without TLS: the socket is read and written as it is.
class tcp_connection final : public connection
{
public:
    explicit tcp_connection(tcp_socket socket) : socket_(std::move(socket)) {}

    asio::awaitable<result<std::size_t>> read_some(std::span<char> into, limit within) override
    {
        set_limit(socket_, within);
        const auto [ec, size] = co_await socket_.async_read_some(asio::buffer(into.data(), into.size()), no_throw);
        // An end of stream is 0 bytes here, and no error.
        if (ec && ec != asio::error::eof)
            co_return plain_error(ec);
        co_return size;
    }

    asio::awaitable<error_code> write(std::span<const char> bytes, limit within) override
    {
        set_limit(socket_, within);
        const auto [ec, size] = co_await asio::async_write(socket_, asio::buffer(bytes.data(), bytes.size()), no_throw);
        co_return plain_error(ec);
    }

    asio::awaitable<error_code> end_sending(limit) override
    {
        // Nothing waits: what was written is in the kernel already, and FIN goes out behind it.
        auto ec = ended_before(socket_);
        if (ec)
            co_return ec;
        socket_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ec);
        co_return ec;
    }

    result<std::size_t> unacknowledged() override { return unacknowledged_bytes(socket_); }

    byte_progress progress() override { return progress_of(socket_); }

    bool peer_has_ended() override { return net::peer_has_ended(socket_); }

    bool ended_in_order() const override { return false; }

    bool has_unread() override { return kernel_has_unread(socket_); }

    std::optional<certificate_facts> peer_certificate() const override { return std::nullopt; }

    std::string peer_address() const override { return net::peer_address(socket_); }

private:
    tcp_socket socket_;
};

}  // namespace

std::string peer_address(const tcp_socket& socket)
{
    error_code gone;
    const auto end = socket.socket().remote_endpoint(gone);
    return gone ? "" : end.address().to_string();
}

void set_limit(tcp_socket& socket, connection::limit within)
{
    if (within == connection::forever)
        socket.expires_never();
    else
        socket.expires_after(within);
}

error_code plain_error(error_code ec)
{
    return ec == boost::beast::error::timeout ? error_code(asio::error::timed_out) : ec;
}

bool peer_has_ended(tcp_socket& socket)
{
    // Not by peeking: unread bytes (session tickets, close_notify) would hide the end behind them.
    tcp_info info{};
    socklen_t size = sizeof info;
    // With a socket that is gone the kernel knows no facts: that counts as ended.
    if (::getsockopt(socket.socket().native_handle(), IPPROTO_TCP, TCP_INFO, &info, &size) != 0)
        return true;
    // FIN_WAIT1 and FIN_WAIT2: only our own end is out. In every other state the peer's end or a reset has come.
    return info.tcpi_state != TCP_ESTABLISHED && info.tcpi_state != TCP_FIN_WAIT1 && info.tcpi_state != TCP_FIN_WAIT2;
}

bool kernel_has_unread(tcp_socket& socket)
{
    error_code ec;
    // An error shows as unread too: the read that follows returns it.
    return socket.socket().available(ec) != 0 || ec;
}

error_code ended_before(tcp_socket& socket)
{
    if (!peer_has_ended(socket))
        return {};
    // The kernel's error says more than an end of stream, a reset for example.
    const auto left = unacknowledged_bytes(socket);
    return left ? error_code(asio::error::eof) : left.error();
}

result<std::size_t> unacknowledged_bytes(tcp_socket& socket)
{
    const int fd = socket.socket().native_handle();
    int error = 0;
    socklen_t size = sizeof error;
    int bytes = 0;
    // SO_ERROR is a failure of the past, and cleared by asking; SIOCOUTQ counts the bytes that are not acknowledged.
    if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0 || ::ioctl(fd, SIOCOUTQ, &bytes) != 0)
        error = errno;
    if (error != 0)
        return error_code(error, boost::system::system_category());
    return static_cast<std::size_t>(bytes);
}

byte_progress progress_of(tcp_socket& socket)
{
    const int fd = socket.socket().native_handle();
    kernel_tcp_info info{};
    socklen_t size = sizeof info;
    int untaken = 0;
    if (::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0 || ::ioctl(fd, SIOCOUTQ, &untaken) != 0)
        return {};
    return {info.bytes_acked, static_cast<std::size_t>(untaken)};
}

std::unique_ptr<connection> make_tcp_connection(tcp_socket socket)
{
    return std::make_unique<tcp_connection>(std::move(socket));
}

}  // namespace qdc::net
