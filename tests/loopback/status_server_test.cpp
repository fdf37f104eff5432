#include "support/status_site.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace qdc;
using namespace qdc::test;
namespace asio = boost::asio;

namespace
{

asio::awaitable<void> every_page(status_site& at, asio::io_context& io)
{
    for (const std::string path : {"/", "/status", "/metrics", "/healthz", "/readyz"})
    {
        const auto got = co_await ask(at, io, get(path, last));
        CHECK_MESSAGE(got.starts_with("HTTP/1.1 200 OK\r\n"), path);
        const auto head_end = got.find("\r\n\r\n") + 4;
        CHECK(got.find("Content-Length: " + std::to_string(got.size() - head_end) + "\r\n") < head_end);
        for (const std::string line :
             {"Cache-Control: no-store\r\n",
              "X-Content-Type-Options: nosniff\r\n",
              "Connection: close\r\n",
              "Content-Security-Policy: default-src 'none'"})
            CHECK_MESSAGE(got.find(line) < head_end, path, " ", line);
    }
}

asio::awaitable<void> head_only(status_site& at, asio::io_context& io)
{
    const auto got = co_await ask(at, io, "HEAD /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    CHECK(got.starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(got.ends_with("\r\n\r\n"));
    CHECK(got.find("Content-Length: 0") == std::string::npos);
}

asio::awaitable<void> keeps_alive(status_site& at, asio::io_context& io)
{
    status_visitor one(at, io);
    for (int i = 0; i < 3; ++i)
    {
        co_await one.send(get("/healthz"));
        const auto got = co_await one.answer();
        CHECK(got.starts_with("HTTP/1.1 200 OK\r\n"));
        CHECK(got.ends_with("ok\n"));
    }
    co_await one.send(get("/healthz") + get("/readyz"));  // together
    const auto first = co_await one.answer();
    const auto second = co_await one.answer();
    CHECK(first.ends_with("ok\n"));
    CHECK(second.ends_with("ready\n"));
}

asio::awaitable<void> old_protocol(status_site& at, asio::io_context& io)
{
    const auto got = co_await ask(at, io, "GET /healthz HTTP/1.0\r\n\r\n");
    CHECK(got.starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(got.ends_with("ok\n"));
}

asio::awaitable<void> refusals(status_site& at, asio::io_context& io)
{
    struct wrong
    {
        std::string request;
        std::string code;
    };

    const std::vector<wrong> all{
        {"POST /status HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", "405"},
        {"POST /status HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello", "413"},
        {"GET /status HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n", "413"},
        {"GET /status HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", "413"},
        {get("/status", "X: " + std::string(9000, 'x') + "\r\n"), "431"},
        {"GET /" + std::string(20000, 'x') + " HTTP/1.1\r\nHost: localhost\r\n\r\n", "431"},
        {"GET /status HTTP/1.1\r\nConnection: close\r\n\r\n", "400"},
        {"GET /status HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n", "400"},
        {"GET /status HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n", "421"},
        {"GET /status HTTP/1.1\r\nHost: localhost\r\nBad name: x\r\n\r\n", "400"},
        {"GET /status HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n", "400"},
        {"GET /status HTTP/9.9\r\nHost: localhost\r\n\r\n", "400"},
        {"GET /%6d%65trics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "404"},
        {get("/../../etc/passwd", last), "404"},
        {get("//metrics", last), "404"},
        {get("/metrics/", last), "404"},
        {std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11) + std::string(200, '\xee') + "\r\n\r\n",
         "400"},
        {std::string(100, '\0') + "\r\n\r\n", "400"},
        {"SSH-2.0-OpenSSH_9.2\r\n\r\n", "400"},
    };
    for (const auto& one : all)
    {
        const auto got = co_await ask(at, io, one.request);
        CHECK_MESSAGE(got.starts_with("HTTP/1.1 " + one.code + ' '), one.request.substr(0, 80), " got ", got);
        CHECK(got.find("\r\nContent-Length: ") != std::string::npos);
    }
}

asio::awaitable<void> refusal_survives_a_long_request(status_site& at, asio::io_context& io)
{
    // The client writes on while it is refused; a reset would take the answer with it.
    const auto got = co_await ask(at, io, get("/", "X: " + std::string(200'000, 'x') + "\r\n"));
    CHECK(got.starts_with("HTTP/1.1 431 "));
}

}  // namespace

TEST_CASE("status server: each page comes whole, with headers that let nobody keep or embed it")
{
    with_server(status_site::patient(), every_page);
}

TEST_CASE("status server: HEAD is GET without the body")
{
    with_server(status_site::patient(), head_only);
}

TEST_CASE("status server: a connection serves many requests, also sent together")
{
    with_server(status_site::patient(), keeps_alive);
}

TEST_CASE("status server: HTTP/1.0 without a Host is answered and closed")
{
    with_server(status_site::patient(), old_protocol);
}

TEST_CASE("status server: what is no plain GET or HEAD is refused with the fitting code")
{
    with_server(status_site::patient(), refusals);
}

TEST_CASE("status server: the answer to a request that is far too long arrives")
{
    with_server(status_site::patient(), refusal_survives_a_long_request);
}

TEST_CASE("status server: a port that is taken is an error of listen")
{
    asio::io_context io(1);
    recording_log log;
    auto options = status_site::patient();
    const auto look = [] { return collector_report(); };
    status::server first(io.get_executor(), options, look, log_origin(log, "Status"));
    REQUIRE(!first.listen());
    options.port = first.port();
    status::server second(io.get_executor(), options, look, log_origin(log, "Status"));
    CHECK(second.listen() == asio::error::address_in_use);
}
