//  ours                                      proxy                        peer
//    |--- CONNECT peer:443 HTTP/1.1 ---------->|--- TCP ------------------->|
//    |<-- HTTP/1.1 200 …, an empty line -------|                            |
//    |=== TLS with the peer ===================|===========================>|

#include "net/tunnel.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>

namespace qdc::net
{

namespace asio = boost::asio;

namespace
{

constexpr std::size_t header_limit = 16 * 1024;
constexpr int most_interim_answers = 8;

/// The request for a tunnel, with a login where one is configured.
std::string connect_request(const proxy& via, const peer& to)
{
    std::string text = "CONNECT " + to.text() + " HTTP/1.1\r\nHost: " + to.text() + "\r\n";
    if (!via.authorization.empty())
        text += "Proxy-Authorization: " + via.authorization.reveal() + "\r\n";
    return text + "\r\n";
}

/// "HTTP/1.1 200", as far as it has come; what follows is of no interest.
bool may_be_status_line(std::string_view head)
{
    constexpr std::string_view shape = "HTTP/1.d ddd";
    for (std::size_t i = 0; i < std::min(head.size(), shape.size()); ++i)
    {
        const bool digit = head[i] >= '0' && head[i] <= '9';
        if (shape[i] == 'd' ? !digit : head[i] != shape[i])
            return false;
    }
    return true;
}

/// Of a complete header; 0: it is none.
int status_in(std::string_view head)
{
    // "HTTP/1.1 200": the digits of the status begin at place 9.
    constexpr std::size_t begin = 9;
    if (head.size() < begin + 3)
        return 0;
    return (head[begin] - '0') * 100 + (head[begin + 1] - '0') * 10 + (head[begin + 2] - '0');
}

/// 100 Continue, 102 Processing, 103 Early Hints: the answer comes behind it (RFC 9110, section 15.2).
bool is_interim(int status)
{
    return status >= 100 && status < 200 && status != 101;
}

/// What the proxy's final status means for us.
error_code outcome_of(int status, bool with_login)
{
    if (status >= 200 && status < 300)
        return {};
    if (status < 100)
        return proxy_fault::not_http;
    if (status == 407 && !with_login)
        return proxy_fault::login_wanted;
    return {status, proxy_category()};
}

/// The socket's errors, reported as what the proxy did.
error_code named(const error_code& ec)
{
    if (ec == asio::error::eof || ec == asio::error::connection_reset || ec == asio::error::broken_pipe)
        return proxy_fault::closed;
    const auto plain = plain_error(ec);
    return plain == asio::error::timed_out ? error_code(proxy_fault::silent) : plain;
}

/// Reads one header, and nothing behind it: that belongs to TLS, or is the next header.
asio::awaitable<result<int>> read_status(tcp_socket& socket)
{
    std::string head;
    while (!head.ends_with("\n\r\n") && !head.ends_with("\n\n"))
    {
        char next = 0;
        const auto [ec, size] = co_await socket.async_read_some(asio::buffer(&next, 1), no_throw);
        if (ec)
            co_return ec;
        head += next;
        if (!may_be_status_line(head) || head.size() > header_limit)
            co_return error_code(proxy_fault::not_http);
    }
    co_return status_in(head);
}

}  // namespace

asio::awaitable<error_code> open_tunnel(tcp_socket& socket, proxy via, peer to, connection::limit within)
{
    set_limit(socket, within);  // once: a proxy that drips its answer gets no more time
    const auto request = connect_request(via, to);
    const auto [unsent, written] = co_await asio::async_write(socket, asio::buffer(request), no_throw);
    if (unsent)
        co_return named(unsent);
    // Interim answers are passed over; more of them than that is no HTTP that anybody means.
    for (int interim = 0; interim <= most_interim_answers; ++interim)
    {
        const auto status = co_await read_status(socket);
        if (!status)
            co_return named(status.error());
        if (!is_interim(*status))
            co_return outcome_of(*status, !via.authorization.empty());
    }
    co_return proxy_fault::not_http;
}

}  // namespace qdc::net
