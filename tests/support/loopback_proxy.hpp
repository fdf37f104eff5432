#pragma once

#include "flow/task_group.hpp"
#include "net/proxy.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace qdc::test
{

/// A name that no resolver knows (RFC 6761, section 6.4): only the proxy can find it.
inline const std::string far_name = "peer.invalid";

/// One that a proxy may ask for: u:Geheim1.
inline const std::string proxy_login = "Basic dTpHZWhlaW0x";

/// How a proxy behaves towards CONNECT.
struct proxy_rules
{
    std::string login;                      ///< the value of Proxy-Authorization without which it says 407; empty: none
    std::string answer;                     ///< said instead of opening a tunnel; empty: the tunnel is opened
    bool silent{false};                     ///< says nothing at all
    bool hangs_up{false};                   ///< ends the connection after `answer`, or instead of an answer
    bool drips{false};                      ///< its header goes out in single bytes
    std::string interim;                    ///< goes out in front of the header that opens the tunnel
    std::chrono::milliseconds suspends{0};  ///< with it out, the thread stands still for so long: nobody looks
    std::string early;  ///< comes through the tunnel in one piece with the header, before the peer's own bytes
};

/// An HTTP proxy on 127.0.0.1. Whatever name is asked for, the tunnel goes to that port of 127.0.0.1: only a client that
/// leaves the name to its proxy gets anywhere with a name that does not exist.
class loopback_proxy
{
public:
    loopback_proxy(boost::asio::io_context& io, proxy_rules rules);

    /// The way to it, with the login that it asks for.
    net::proxy way() const;

    /// Headers of the requests, whole.
    const std::vector<std::string>& requests() const noexcept { return requests_; }

    int tunnels() const noexcept { return tunnels_; }

    /// Ends all tunnels and waits for that.
    boost::asio::awaitable<void> stop();

private:
    using socket = boost::asio::ip::tcp::socket;

    boost::asio::awaitable<void> accept_all();
    boost::asio::awaitable<void> serve(socket client);
    boost::asio::awaitable<void> open_tunnel(socket& client, std::string port);
    std::string answer_to(const std::string& request) const;

    boost::asio::ip::tcp::acceptor acceptor_;
    proxy_rules rules_;
    std::vector<std::string> requests_;
    int tunnels_{0};
    task_group tasks_;
};

}  // namespace qdc::test
