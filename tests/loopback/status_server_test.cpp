#include "flow/task_group.hpp"
#include "status/server.hpp"
#include "support/made_up_report.hpp"
#include "support/recording_log.hpp"
#include "support/run.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <doctest/doctest.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

using namespace qdc;
using namespace std::chrono_literals;
namespace asio = boost::asio;
using asio::ip::tcp;

namespace
{

constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);

/// A server at work. The limits of time are far away unless a test asks for them, and floods are not slowed down.
struct site
{
    site(asio::io_context& io, status::server_options options)
        : server(
              io.get_executor(),
              options,
              [] { return test::made_up_report(std::chrono::system_clock::now(), 3h); },
              log_origin(log, "Status")
          ),
          work(io.get_executor())
    {
        REQUIRE(!server.listen());
        work.spawn("server", server.run());
    }

    static status::server_options patient()
    {
        status::server_options options;
        options.port = 0;
        options.head = options.idle = options.answer = 1h;
        options.burst = 1'000'000;
        return options;
    }

    asio::awaitable<void> stop()
    {
        work.stop();
        co_await work.join();
    }

    test::recording_log log;
    status::server server;
    task_group work;
};

/// One client.
struct client
{
    tcp::socket socket;

    explicit client(const site& of, asio::io_context& io) : socket(io)
    {
        socket.connect({asio::ip::address_v4::loopback(), of.server.port()});
    }

    asio::awaitable<void> send(std::string bytes)
    {
        [[maybe_unused]] const auto [ec, size] = co_await asio::async_write(socket, asio::buffer(bytes), no_throw);
    }

    /// Everything up to the end of the connection.
    asio::awaitable<std::string> rest()
    {
        std::string all;
        [[maybe_unused]] const auto [ec, size] = co_await asio::async_read(socket, asio::dynamic_buffer(all), no_throw);
        co_return all;
    }

    /// The next answer, and not more.
    asio::awaitable<std::string> answer()
    {
        std::string all;
        while (all.find("\r\n\r\n") == std::string::npos)
        {
            std::array<char, 1> one{};
            const auto [ec, size] = co_await socket.async_read_some(asio::buffer(one), no_throw);
            if (ec)
                co_return all;
            all += one[0];
        }
        const auto at = all.find("Content-Length: ") + 16;
        std::string body(std::stoul(all.substr(at)), ' ');
        [[maybe_unused]] const auto [ec, size] = co_await asio::async_read(socket, asio::buffer(body), no_throw);
        co_return all + body;
    }

    /// True when the server has ended the connection and all its answers are read.
    asio::awaitable<bool> is_over()
    {
        std::array<char, 1> one{};
        const auto [ec, size] = co_await socket.async_read_some(asio::buffer(one), no_throw);
        co_return ec.failed();
    }
};

std::string get(const std::string& path, const std::string& more = "")
{
    return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + more + "\r\n";
}

/// Sends one request on a connection of its own; the answer up to the connection's end.
asio::awaitable<std::string> ask(const site& of, asio::io_context& io, std::string request)
{
    client one(of, io);
    co_await one.send(std::move(request));
    const auto all = co_await one.rest();
    co_return all;
}

const std::string last = "Connection: close\r\n";

/// Runs `body` with a server; when it is over, everything ends.
void with_server(status::server_options options, asio::awaitable<void> (*body)(site& at, asio::io_context& io))
{
    asio::io_context io(1);
    site at(io, std::move(options));

    struct whole
    {
        static asio::awaitable<void>
        run(site& at, asio::io_context& io, asio::awaitable<void> (*body)(site&, asio::io_context&))
        {
            co_await body(at, io);
            co_await at.stop();
        }
    };

    test::run(io, whole::run(at, io, body), 20s);
}

asio::awaitable<void> every_page(site& at, asio::io_context& io)
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

asio::awaitable<void> head_only(site& at, asio::io_context& io)
{
    const auto got = co_await ask(at, io, "HEAD /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    CHECK(got.starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(got.ends_with("\r\n\r\n"));
    CHECK(got.find("Content-Length: 0") == std::string::npos);
}

asio::awaitable<void> keeps_alive(site& at, asio::io_context& io)
{
    client one(at, io);
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

asio::awaitable<void> old_protocol(site& at, asio::io_context& io)
{
    const auto got = co_await ask(at, io, "GET /healthz HTTP/1.0\r\n\r\n");
    CHECK(got.starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(got.ends_with("ok\n"));
}

asio::awaitable<void> refusals(site& at, asio::io_context& io)
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

asio::awaitable<void> refusal_survives_a_long_request(site& at, asio::io_context& io)
{
    // The client writes on while it is refused; a reset would take the answer with it.
    const auto got = co_await ask(at, io, get("/", "X: " + std::string(200'000, 'x') + "\r\n"));
    CHECK(got.starts_with("HTTP/1.1 431 "));
}

asio::awaitable<void> half_requests(site& at, asio::io_context& io)
{
    std::vector<std::unique_ptr<client>> slow;
    for (int i = 0; i < 100; ++i)
    {
        slow.push_back(std::make_unique<client>(at, io));
        co_await slow.back()->send("GET /metrics HTTP/1.1\r\nHost: loc");
        const auto got = co_await ask(at, io, get("/healthz", last));
        CHECK(got.ends_with("ok\n"));
    }
    for (std::size_t i = 0; i < 60; ++i)
    {
        auto& old = *slow[i];
        const bool over = co_await old.is_over();
        CHECK_MESSAGE(over, "the oldest ones were dropped");
    }
}

asio::awaitable<void> slow_readers(site& at, asio::io_context& io)
{
    std::vector<std::unique_ptr<client>> slow;
    for (int i = 0; i < 100; ++i)
    {
        slow.push_back(std::make_unique<client>(at, io));
        std::string many;
        for (int n = 0; n < 100; ++n)
            many += get("/metrics");
        co_await slow.back()->send(many);  // and never reads
        const auto got = co_await ask(at, io, get("/healthz", last));
        CHECK(got.ends_with("ok\n"));
    }
}

asio::awaitable<void> times_out(site& at, asio::io_context& io)
{
    client silent(at, io);
    client half(at, io);
    client reader(at, io);
    co_await half.send("GET / HTTP/1.1\r\n");
    co_await reader.send(get("/healthz"));
    const auto got = co_await reader.answer();
    CHECK(got.ends_with("ok\n"));
    const bool silent_over = co_await silent.is_over();
    const bool half_over = co_await half.is_over();
    const bool reader_over = co_await reader.is_over();
    CHECK(silent_over);
    CHECK(half_over);
    CHECK(reader_over);
}

asio::awaitable<void> flood_is_spread(site& at, asio::io_context& io)
{
    client one(at, io);
    std::string many;
    for (int n = 0; n < 20; ++n)
        many += get("/healthz");
    const auto begin = std::chrono::steady_clock::now();
    co_await one.send(many);
    for (int n = 0; n < 20; ++n)
        [[maybe_unused]] const auto got = co_await one.answer();
    // Not quicker than the gaps allow; how much slower is the machine's affair.
    CHECK(std::chrono::steady_clock::now() - begin >= 14 * 10ms);
}

asio::awaitable<void> stops_with_clients(site& at, asio::io_context& io)
{
    client idle(at, io);
    client half(at, io);
    client deaf(at, io);
    co_await idle.send(get("/healthz"));
    const auto got = co_await idle.answer();
    CHECK(got.ends_with("ok\n"));
    co_await half.send("GET /hea");
    std::string many;
    for (int n = 0; n < 500; ++n)
        many += get("/metrics");
    co_await deaf.send(many);
    co_await test::turn();
    co_await at.stop();
    const bool idle_over = co_await idle.is_over();
    const bool half_over = co_await half.is_over();
    CHECK(idle_over);
    CHECK(half_over);
}

asio::awaitable<void> goes_away_early(site& at, asio::io_context& io)
{
    for (int i = 0; i < 50; ++i)
    {
        client one(at, io);
        co_await one.send(get("/metrics"));
        one.socket.set_option(asio::socket_base::linger(true, 0));
        one.socket.close();
    }
    const auto got = co_await ask(at, io, get("/healthz", last));
    CHECK(got.ends_with("ok\n"));
    CHECK(at.log.records.empty());
}

}  // namespace

TEST_CASE("status server: each page comes whole, with headers that let nobody keep or embed it")
{
    with_server(site::patient(), every_page);
}

TEST_CASE("status server: HEAD is GET without the body")
{
    with_server(site::patient(), head_only);
}

TEST_CASE("status server: a connection serves many requests, also sent together")
{
    with_server(site::patient(), keeps_alive);
}

TEST_CASE("status server: HTTP/1.0 without a Host is answered and closed")
{
    with_server(site::patient(), old_protocol);
}

TEST_CASE("status server: what is no plain GET or HEAD is refused with the fitting code")
{
    with_server(site::patient(), refusals);
}

TEST_CASE("status server: the answer to a request that is far too long arrives")
{
    with_server(site::patient(), refusal_survives_a_long_request);
}

TEST_CASE("status server: a hundred half requests keep nobody out, the oldest make room")
{
    with_server(site::patient(), half_requests);
}

TEST_CASE("status server: a hundred clients that do not read keep nobody out")
{
    with_server(site::patient(), slow_readers);
}

TEST_CASE("status server: silence, half a request and idling each have a time limit")
{
    auto options = site::patient();
    options.head = 100ms;
    options.idle = 150ms;
    with_server(options, times_out);
}

TEST_CASE("status server: after its burst a flood gets one answer for each gap")
{
    auto options = site::patient();
    options.burst = 5;
    options.gap = 10ms;
    with_server(options, flood_is_spread);
}

TEST_CASE("status server: a stop ends it whatever its clients do")
{
    with_server(site::patient(), stops_with_clients);
}

TEST_CASE("status server: clients that vanish leave no trace")
{
    with_server(site::patient(), goes_away_early);
}

TEST_CASE("status server: a port that is taken is an error of listen")
{
    asio::io_context io(1);
    test::recording_log log;
    auto options = site::patient();
    const auto look = [] { return collector_report(); };
    status::server first(io.get_executor(), options, look, log_origin(log, "Status"));
    REQUIRE(!first.listen());
    options.port = first.port();
    status::server second(io.get_executor(), options, look, log_origin(log, "Status"));
    CHECK(second.listen() == asio::error::address_in_use);
}
