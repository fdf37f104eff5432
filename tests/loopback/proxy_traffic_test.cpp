#include "flow/task_group.hpp"
#include "net/https_stream.hpp"
#include "support/loopback_moment.hpp"
#include "support/loopback_proxy.hpp"
#include "support/loopback_sender.hpp"
#include "support/run.hpp"

#include <openssl/x509_vfy.h>

#include <doctest/doctest.h>

#include <array>

using namespace qdc;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace
{

// A name that no resolver knows (RFC 6761, section 6.4): only the proxy can find it.
const std::string far_name = "peer.invalid";
const std::string login = "Basic dTpHZWhlaW0x";  // u:Geheim1

test::identity far_identity(const test::loopback_site& site)
{
    test::certificate_wish wish;
    wish.name = far_name;
    wish.alternative_names = "DNS:" + far_name;
    return site.authority().issue(wish);
}

/// The name in the certificate is the peer's, never the proxy's.
asio::awaitable<void> other_name(asio::io_context& io, const test::loopback_site& site)
{
    test::loopback_server server(io, site.server());  // "localhost"
    test::loopback_proxy proxy(io, {});
    task_group servers(io.get_executor());
    servers.spawn("server", test::accept_once(server));
    net::peer to{far_name, server.port()};
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
    test::loopback_server server(io, far_identity(site));
    test::proxy_rules rules;
    rules.login = login;
    test::loopback_proxy proxy(io, std::move(rules));
    task_group servers(io.get_executor());
    std::string requests;
    std::string server_name;
    servers.spawn("server", answer_twice(server, requests, server_name));
    net::https_options options;
    options.to = {far_name, server.port()};
    options.via = proxy.way();
    options.tls = site.client();
    const auto stream = net::make_https_stream(std::move(options));
    for (int i = 0; i < 2; ++i)
    {
        http_request request;
        request.target = "/api";
        request.authorization = secret("Basic cXVhbHlz");
        const auto head = co_await stream->open(std::move(request));
        INFO((head ? error_code() : head.error()).message());
        REQUIRE(head.has_value());
        std::array<char, 100> into{};
        std::size_t size = 1;
        while (size != 0)
        {
            const auto read = co_await stream->read_some(into);
            REQUIRE(read.has_value());
            size = *read;
        }
    }
    stream->close();
    co_await servers.join();
    CHECK(server_name == far_name);
    CHECK(proxy.tunnels() == 1);
    // Each login goes where it belongs, and nowhere else.
    CHECK(requests.find("Proxy-Authorization") == std::string::npos);
    CHECK(requests.find("Basic cXVhbHlz") != std::string::npos);
    CHECK(proxy.requests()[0].find("Basic cXVhbHlz") == std::string::npos);
    co_await proxy.stop();
}

asio::awaitable<void> events_through(asio::io_context& io, const test::loopback_site& site)
{
    test::loopback_server server(io, far_identity(site));
    test::proxy_rules rules;
    rules.login = login;
    test::loopback_proxy proxy(io, std::move(rules));
    auto options = test::options_for(server, site.client());
    options.to.host = far_name;
    options.via = proxy.way();
    test::hasty_clock time(20ms);
    test::loopback_sending sending(io, time, std::move(options));
    [[maybe_unused]] const auto first = co_await sending.push("one\n");
    [[maybe_unused]] const auto second = co_await sending.push("two\n");
    sending.box.want_confirmed();
    const auto end = co_await server.accept();
    const auto got = co_await end->read_to_end();
    CHECK(got == "one\ntwo\n");
    end->close_in_order();
    co_await sending.all_confirmed();
    CHECK(sending.counts().resent_events == 0);
    CHECK(sending.log.records.empty());
    CHECK(proxy.tunnels() == 1);
    co_await sending.stop();
    co_await proxy.stop();
}

asio::awaitable<void> told_of_refusals(asio::io_context& io, const test::loopback_site& site)
{
    test::loopback_server server(io, far_identity(site));
    test::proxy_rules rules;
    rules.login = login;
    test::loopback_proxy proxy(io, std::move(rules));
    auto options = test::options_for(server, site.client());
    options.to.host = far_name;
    options.via = proxy.way();
    options.via->authorization = secret("Basic dTpGYWxzY2gx");
    const auto way = far_name + ':' + server.port() + " through the proxy " + options.via->text();
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
    co_await proxy.stop();
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
    test::run(io, told_of_refusals(io, site));
}
