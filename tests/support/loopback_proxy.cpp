#include "support/loopback_proxy.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <thread>
#include <utility>

namespace qdc::test
{

namespace asio = boost::asio;
using asio::ip::tcp;

namespace
{

constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);

/// The client says nothing behind its request before it has the answer.
asio::awaitable<std::string> read_request(tcp::socket& from)
{
    std::string text;
    std::array<char, 1024> piece{};
    while (text.find("\r\n\r\n") == std::string::npos)
    {
        const auto [ec, size] = co_await from.async_read_some(asio::buffer(piece), no_throw);
        if (ec)
            co_return std::string();
        text.append(piece.data(), size);
    }
    co_return text;
}

asio::awaitable<void> pump(tcp::socket& from, tcp::socket& to)
{
    std::array<char, 16 * 1024> piece{};
    for (;;)
    {
        const auto [ec, size] = co_await from.async_read_some(asio::buffer(piece), no_throw);
        if (ec)
            break;
        const auto [unsent, written] = co_await asio::async_write(to, asio::buffer(piece.data(), size), no_throw);
        if (unsent)
            break;
    }
    error_code ignored;
    to.shutdown(tcp::socket::shutdown_send, ignored);
}

asio::awaitable<void> say(tcp::socket& to, std::string text, bool in_drops)
{
    const std::size_t step = in_drops ? 1 : text.size();
    for (std::size_t at = 0; at < text.size(); at += step)
    {
        const auto [ec, size] = co_await asio::async_write(to, asio::buffer(text.data() + at, step), no_throw);
        if (ec)
            co_return;
    }
}

}  // namespace

loopback_proxy::loopback_proxy(asio::io_context& io, proxy_rules rules)
    : acceptor_(io, {asio::ip::address_v4::loopback(), 0}),
      rules_(std::move(rules)),
      tasks_(io.get_executor())
{
    tasks_.spawn("accept", accept_all());
}

net::proxy loopback_proxy::way() const
{
    return {{"127.0.0.1", std::to_string(acceptor_.local_endpoint().port())}, secret(rules_.login)};
}

asio::awaitable<void> loopback_proxy::stop()
{
    tasks_.stop();
    co_await tasks_.join();
}

asio::awaitable<void> loopback_proxy::accept_all()
{
    for (;;)
    {
        auto client = co_await acceptor_.async_accept(asio::use_awaitable);
        tasks_.spawn("client", serve(std::move(client)));
    }
}

/// What is said instead of a tunnel, or nothing.
std::string loopback_proxy::answer_to(const std::string& request) const
{
    const bool welcome =
        rules_.login.empty() || request.find("\r\nProxy-Authorization: " + rules_.login + "\r\n") != std::string::npos;
    return welcome ? rules_.answer : "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n";
}

asio::awaitable<void> loopback_proxy::serve(socket client)
{
    client.set_option(tcp::no_delay(true));
    const auto request = co_await read_request(client);
    if (request.empty())
        co_return;
    requests_.push_back(request);
    const auto refusal = answer_to(request);
    if (!rules_.silent && !rules_.hangs_up && refusal.empty())
    {
        const auto end = request.find(" HTTP/1.1\r\n");
        const auto colon = request.rfind(':', end);
        co_await open_tunnel(client, request.substr(colon + 1, end - colon - 1));
        co_return;
    }
    co_await say(client, refusal, rules_.drips);
    if (rules_.hangs_up)
        co_return;
    // Stays until the client goes.
    std::array<char, 1> ignored{};
    [[maybe_unused]] const auto gone = co_await client.async_read_some(asio::buffer(ignored), no_throw);
}

asio::awaitable<void> loopback_proxy::open_tunnel(socket& client, std::string port)
{
    const auto ex = co_await asio::this_coro::executor;
    tcp::socket peer(ex);
    const tcp::endpoint at(asio::ip::address_v4::loopback(), static_cast<unsigned short>(std::stoi(port)));
    const auto [unreachable] = co_await peer.async_connect(at, no_throw);
    if (unreachable)
    {
        co_await say(client, "HTTP/1.1 503 Service Unavailable\r\n\r\n", rules_.drips);
        co_return;
    }
    ++tunnels_;
    // The length means nothing here (RFC 9110, section 9.3.6).
    co_await say(
        client,
        rules_.interim + "HTTP/1.1 200 Connection established\r\nContent-Length: 7\r\n\r\n" + rules_.early,
        rules_.drips
    );
    std::this_thread::sleep_for(rules_.suspends);
    task_group directions(ex);
    directions.spawn("there", pump(client, peer));
    directions.spawn("back", pump(peer, client));
    co_await directions.join();
}

}  // namespace qdc::test
