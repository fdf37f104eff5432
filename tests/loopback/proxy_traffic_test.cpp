#include "flow/task_group.hpp"
#include "loopback/https_script.hpp"
#include "support/loopback_moment.hpp"
#include "support/loopback_proxy.hpp"
#include "support/loopback_sender.hpp"
#include "support/run.hpp"

#include <openssl/x509_vfy.h>

#include <doctest/doctest.h>

using namespace qdc;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace
{

test::identity far_identity(const test::loopback_site& site)
{
    test::certificate_wish wish;
    wish.name = test::far_name;
    wish.alternative_names = "DNS:" + test::far_name;
    return site.authority().issue(wish);
}

test::proxy_rules with_login()
{
    test::proxy_rules rules;
    rules.login = test::proxy_login;
    return rules;
}

/// A peer that only a proxy can find, and one that asks for a login.
struct far_peer
{
    far_peer(asio::io_context& io, const test::loopback_site& site)
        : server(io, far_identity(site)),
          proxy(io, with_login())
    {
    }

    /// A sender's, by the way through the proxy.
    net::sender_options options(const test::loopback_site& site) const
    {
        auto made = test::options_for(server, site.client());
        made.to.host = test::far_name;
        made.via = proxy.way();
        return made;
    }

    test::loopback_server server;
    test::loopback_proxy proxy;
};

/// The name in the certificate is the peer's, never the proxy's.
asio::awaitable<void> other_name(asio::io_context& io, const test::loopback_site& site)
{
    test::loopback_server server(io, site.server());  // "localhost"
    test::loopback_proxy proxy(io, {});
    task_group servers(io.get_executor());
    servers.spawn("server", test::accept_once(server));
    net::peer to{test::far_name, server.port()};
    const auto made = co_await net::dial(std::move(to), proxy.way(), site.client(), 60s);
    CHECK(made.error() == net::verification_error(X509_V_ERR_HOSTNAME_MISMATCH));
    co_await servers.join();
    co_await proxy.stop();
}

asio::awaitable<void> answer_twice(test::loopback_server& server, std::string& requests, std::string& server_name)
{
    const auto end = co_await server.accept();
    server_name = end->server_name();
    for (int i = 0; i < 2; ++i)
    {
        std::string request;
        while (request.find("\r\n\r\n") == std::string::npos)
        {
            const auto more = co_await end->read_some();
            if (more.empty())
                co_return;
            request += more;
        }
        requests += request;
        co_await end->write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody");
    }
    [[maybe_unused]] const auto rest = co_await end->read_to_end();
}

asio::awaitable<void> https_twice(asio::io_context& io, const test::loopback_site& site)
{
    far_peer far(io, site);
    task_group servers(io.get_executor());
    std::string requests;
    std::string server_name;
    servers.spawn("server", answer_twice(far.server, requests, server_name));
    auto options = test::options_for(site, far.server);
    options.to.host = test::far_name;
    options.via = far.proxy.way();
    const auto stream = net::make_https_stream(std::move(options));
    for (int i = 0; i < 2; ++i)
    {
        http_request request;
        request.target = "/api";
        request.authorization = secret("Basic cXVhbHlz");
        test::outcome got;
        co_await test::fetch(*stream, std::move(request), 100, got);
        INFO(got.failure.message());
        REQUIRE_FALSE(got.failure);
    }
    stream->close();
    co_await servers.join();
    CHECK(server_name == test::far_name);
    CHECK(far.proxy.tunnels() == 1);
    // Each login goes where it belongs, and nowhere else.
    CHECK(requests.find("Proxy-Authorization") == std::string::npos);
    CHECK(requests.find("Basic cXVhbHlz") != std::string::npos);
    CHECK(far.proxy.requests()[0].find("Basic cXVhbHlz") == std::string::npos);
    co_await far.proxy.stop();
}

asio::awaitable<void> events_through(asio::io_context& io, const test::loopback_site& site)
{
    far_peer far(io, site);
    test::hasty_clock time(20ms);
    test::loopback_sending sending(io, time, far.options(site));
    [[maybe_unused]] const auto first = co_await sending.push("one\n");
    [[maybe_unused]] const auto second = co_await sending.push("two\n");
    sending.box.want_confirmed();
    const auto end = co_await far.server.accept();
    const auto got = co_await end->read_to_end();
    CHECK(got == "one\ntwo\n");
    end->close_in_order();
    co_await sending.all_confirmed();
    CHECK(sending.counts().resent_events == 0);
    CHECK(sending.log.records.empty());
    CHECK(far.proxy.tunnels() == 1);
    co_await sending.stop();
    co_await far.proxy.stop();
}

asio::awaitable<void> names_the_refusal(asio::io_context& io, const test::loopback_site& site)
{
    far_peer far(io, site);
    auto options = far.options(site);
    options.via->authorization = secret("Basic dTpGYWxzY2gx");
    const auto way = test::far_name + ':' + far.server.port() + " through the proxy " + options.via->text();
    test::hasty_clock time(5ms);
    test::loopback_sending sending(io, time, std::move(options));
    [[maybe_unused]] const auto pushed = co_await sending.push("one\n");
    const std::function<bool()> tried = [&sending] { return sending.counts().failures >= 3; };
    const bool often = co_await test::until(tried);
    CHECK(often);
    INFO(sending.log.text());
    CHECK(sending.log.count("No connection to " + way + ": the proxy refused its login (407).") >= 3);
    CHECK(sending.log.count("dTpGYWxzY2gx") == 0);
    co_await sending.stop();
    co_await far.proxy.stop();
}

}  // namespace

TEST_CASE("proxy: the certificate is checked against the peer's name")
{
    const test::loopback_site site;
    asio::io_context io(1);
    test::run(io, other_name(io, site));
}

TEST_CASE("proxy: HTTPS goes through one tunnel, kept for the next exchange; each login goes where it belongs")
{
    const test::loopback_site site;
    asio::io_context io(1);
    test::run(io, https_twice(io, site));
}

TEST_CASE("proxy: events go through it and are confirmed")
{
    const test::loopback_site site;
    asio::io_context io(1);
    test::run(io, events_through(io, site));
}

TEST_CASE("proxy: the sender's warnings name the proxy and what it said, never the login")
{
    const test::loopback_site site;
    asio::io_context io(1);
    test::run(io, names_the_refusal(io, site));
}
