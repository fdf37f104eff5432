#include "flow/task_group.hpp"
#include "net/connection.hpp"
#include "support/loopback_moment.hpp"
#include "support/loopback_proxy.hpp"
#include "support/loopback_server.hpp"
#include "support/refusing_port.hpp"
#include "support/run.hpp"

#include <boost/asio/error.hpp>

#include <doctest/doctest.h>

#include <array>

using namespace qdc;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace
{

/// One dialling through a proxy to a plain server.
struct attempt
{
    test::proxy_rules rules;
    secret authorization;  ///< what the client shows
    net::connection::limit within{60s};
    error_code outcome;
    std::string first_bytes;  ///< of the tunnel
    std::vector<std::string> requests;
};

asio::awaitable<void> dial_once(asio::io_context& io, attempt& one)
{
    test::loopback_server server(io);
    test::loopback_proxy proxy(io, one.rules);
    task_group servers(io.get_executor());
    auto via = proxy.way();
    via.authorization = one.authorization;
    net::peer to{test::far_name, server.port()};
    const auto made = co_await net::dial(std::move(to), std::move(via), nullptr, one.within);
    one.outcome = made ? error_code() : made.error();
    if (made)
    {
        const auto end = co_await server.accept();
        co_await end->write("hello");
        while (one.first_bytes.find("hello") == std::string::npos)
        {
            std::array<char, 100> into{};
            const auto read = co_await (*made)->read_some(into, 60s);
            if (!read || *read == 0)
                break;
            one.first_bytes.append(into.data(), *read);
        }
    }
    one.requests = proxy.requests();
    co_await proxy.stop();
}

void run(attempt& one)
{
    asio::io_context io(1);
    test::run(io, dial_once(io, one));
}

error_code outcome_of(test::proxy_rules rules, net::connection::limit within = 60s)
{
    attempt one;
    one.rules = std::move(rules);
    one.within = within;
    run(one);
    return one.outcome;
}

test::proxy_rules answering(std::string answer)
{
    test::proxy_rules rules;
    rules.answer = std::move(answer);
    return rules;
}

}  // namespace

TEST_CASE("proxy: CONNECT names the peer, the tunnel carries its bytes")
{
    attempt one;
    run(one);
    CHECK(one.outcome == error_code());
    CHECK(one.first_bytes == "hello");
    REQUIRE(one.requests.size() == 1);
    CHECK(one.requests[0].starts_with("CONNECT peer.invalid:"));
    CHECK(one.requests[0].find("\r\nHost: peer.invalid:") != std::string::npos);
    CHECK(one.requests[0].find("Authorization") == std::string::npos);
}

TEST_CASE("proxy: nothing of the tunnel is lost, however the proxy's header arrives")
{
    for (const bool drips : {false, true})
    {
        attempt one;
        one.rules.drips = drips;
        one.rules.early = "220 first ";
        run(one);
        CHECK(one.outcome == error_code());
        CHECK(one.first_bytes == "220 first hello");
    }
}

TEST_CASE("proxy: with the right login it opens the tunnel")
{
    attempt one;
    one.rules.login = test::proxy_login;
    one.authorization = secret(test::proxy_login);
    run(one);
    CHECK(one.outcome == error_code());
}

TEST_CASE("proxy: status 407 says whether a login was missing or refused")
{
    attempt one;
    one.rules.login = test::proxy_login;
    run(one);
    CHECK(one.outcome == net::proxy_fault::login_wanted);
    CHECK(one.outcome.message() == "the proxy wants a login (407)");
    one.authorization = secret("Basic d3Jvbmc6RmFsc2No");
    run(one);
    CHECK(one.outcome.message() == "the proxy refused its login (407)");
}

TEST_CASE("proxy: another status is named")
{
    const auto forbidden = outcome_of(answering("HTTP/1.1 403 Go away\r\nContent-Length: 3\r\n\r\nno!"));
    CHECK(forbidden.value() == 403);
    CHECK(forbidden.message() == "the proxy refused to connect: HTTP status 403 Forbidden");
    CHECK(outcome_of(answering("HTTP/1.0 503\r\n\r\n")).value() == 503);
    CHECK(outcome_of(answering("HTTP/1.0 504 Bare line feeds\nVia: x\n\n")).value() == 504);
    CHECK(
        outcome_of(answering("HTTP/1.1 777 Odd\r\n\r\n")).message() == "the proxy refused to connect: HTTP status 777"
    );
    CHECK(outcome_of(answering("HTTP/1.1 302 Found\r\nLocation: http://login\r\n\r\n")).value() == 302);
}

TEST_CASE("proxy: interim answers in front of the final one are skipped, a bounded number of them")
{
    const std::string hints = "HTTP/1.1 103 Early Hints\r\nLink: </x.css>\r\n\r\n";
    const std::string forbidden = "HTTP/1.1 403 Forbidden\r\n\r\n";
    for (const std::string interim : {"HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 102 Processing\n\n", hints.c_str()})
        CHECK(outcome_of(answering(interim + forbidden)).value() == 403);
    std::string many;
    for (int i = 0; i < 8; ++i)
        many += hints;
    CHECK(outcome_of(answering(many + forbidden)).value() == 403);
    CHECK(outcome_of(answering(many + hints + forbidden), 60s) == net::proxy_fault::not_http);
    CHECK(outcome_of(answering("HTTP/1.1 101 Switching\r\n\r\n")).value() == 101);
}

TEST_CASE("proxy: a tunnel opens behind an interim answer, and none of its bytes is lost")
{
    for (const bool drips : {false, true})
    {
        attempt one;
        one.rules.interim = "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n";
        one.rules.drips = drips;
        one.rules.early = "220 first ";
        run(one);
        CHECK(one.outcome == error_code());
        CHECK(one.first_bytes == "220 first hello");
    }
}

TEST_CASE("proxy: an answer that came while the process was suspended counts, though its time is over")
{
    attempt one;
    one.rules.suspends = 1500ms;
    one.within = 1000ms;
    run(one);
    CHECK(one.outcome == error_code());
}

TEST_CASE("proxy: something else than HTTP is noticed at its first bytes")
{
    for (const auto* const said :
         {"SSH-2.0-OpenSSH_9.2\r\n", "\x15\x03\x01", "HTTP/1.1 2x0 OK", "HTTP/1.1 000 \r\n\r\n"})
        CHECK(outcome_of(answering(said), 60s) == net::proxy_fault::not_http);
    CHECK(outcome_of(answering("HTTP/1.1\n\n"), 60s) == net::proxy_fault::not_http);
    const std::string endless = "HTTP/1.1 200 OK\r\nX: " + std::string(20 * 1024, 'x');
    CHECK(outcome_of(answering(endless), 60s) == net::proxy_fault::not_http);
}

TEST_CASE("proxy: one that hangs up instead of answering is named")
{
    auto rules = answering("");
    rules.hangs_up = true;
    CHECK(outcome_of(rules) == net::proxy_fault::closed);
    rules.answer = "HTTP/1.1 200 OK\r\n";
    CHECK(outcome_of(rules) == net::proxy_fault::closed);
}

TEST_CASE("proxy: one that does not answer in time is named, also when it has begun to")
{
    test::proxy_rules rules;
    rules.silent = true;
    CHECK(outcome_of(rules, 50ms) == net::proxy_fault::silent);
    CHECK(outcome_of(answering("HTTP/1.1 200 OK\r\n"), 50ms) == net::proxy_fault::silent);
}

namespace
{

asio::awaitable<void> nobody_there(asio::io_context& io)
{
    const test::refusing_port gone(io);
    net::proxy via{{"127.0.0.1", gone.text()}, {}};
    net::peer to{test::far_name, "443"};
    const auto made = co_await net::dial(std::move(to), std::move(via), nullptr, 60s);
    CHECK(made.error() == asio::error::connection_refused);
}

asio::awaitable<void> dial_into(net::proxy via, error_code& outcome)
{
    net::peer to{test::far_name, "443"};
    const auto made = co_await net::dial(std::move(to), std::move(via), nullptr, 60s);
    outcome = made ? error_code() : made.error();
}

asio::awaitable<void> stopped_while_it_thinks(asio::io_context& io)
{
    test::proxy_rules rules;
    rules.silent = true;
    test::loopback_proxy proxy(io, std::move(rules));
    task_group clients(io.get_executor());
    error_code outcome;
    clients.spawn("client", dial_into(proxy.way(), outcome));
    const std::function<bool()> asked = [&proxy] { return proxy.requests().size() == 1; };
    const bool reached = co_await test::until(asked);
    CHECK(reached);
    clients.stop();
    co_await clients.join();
    CHECK(outcome == asio::error::operation_aborted);
    co_await proxy.stop();
}

}  // namespace

TEST_CASE("proxy: one that is not there is an error of its connection")
{
    asio::io_context io(1);
    test::run(io, nobody_there(io));
}

TEST_CASE("proxy: a stop while it thinks ends the dialling")
{
    asio::io_context io(1);
    test::run(io, stopped_while_it_thinks(io));
}
