#include "flow/task_group.hpp"
#include "net/https_stream.hpp"
#include "support/loopback_server.hpp"
#include "support/loopback_site.hpp"
#include "support/run.hpp"

#include <boost/asio/error.hpp>

#include <doctest/doctest.h>

#include <vector>

using namespace qdc;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace
{

const std::string counted = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody";
const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n";

/// What the server does with one connection.
struct visit
{
    std::vector<std::string> answers;  ///< one for each request; an empty one is none at all
    std::string late{};                ///< follows the last answer in a record of its own
    bool stays{true};                  ///< waits for the client's end; else it closes at once
};

struct server_log
{
    std::vector<std::string> requests;
    int accepts{0};
};

asio::awaitable<std::string> read_request(test::loopback_end& from, std::size_t body_size)
{
    std::string text;
    while (text.find("\r\n\r\n") == std::string::npos || text.size() < text.find("\r\n\r\n") + 4 + body_size)
    {
        const auto more = co_await from.read_some();
        if (more.empty())
            co_return text;
        text += more;
    }
    co_return text;
}

asio::awaitable<void>
serve(test::loopback_server& server, std::vector<visit> visits, std::size_t body_size, server_log& seen)
{
    for (const auto& each : visits)
    {
        const auto end = co_await server.accept();
        ++seen.accepts;
        for (const auto& answer : each.answers)
        {
            const auto request = co_await read_request(*end, body_size);
            seen.requests.push_back(request);
            co_await end->write(answer);
        }
        if (!each.late.empty())
            co_await end->write(each.late);
        if (each.stays) [[maybe_unused]]
            const auto rest = co_await end->read_to_end();
        end->close_in_order();
    }
}

/// The bodies of all exchanges, or the error of one.
asio::awaitable<void> fetch(http_stream& from, http_request request, std::vector<std::string>& bodies)
{
    auto head = co_await from.open(std::move(request));
    if (!head)
    {
        bodies.push_back(head.error().message());
        co_return;
    }
    auto& body = bodies.emplace_back();
    std::string into(100, '\0');
    for (;;)
    {
        const auto read = co_await from.read_some(into);
        if (!read)
            body += read.error().message();
        if (!read || *read == 0)
            co_return;
        body.append(into, 0, *read);
    }
}

/// As many exchanges as there are names of targets, against a server that follows a script.
struct play
{
    std::vector<visit> visits;
    net::https_options options;
    std::string posted;  ///< the body of each request
    int exchanges{2};
    server_log seen;
    std::vector<std::string> bodies;
};

asio::awaitable<void> exchange_all(asio::io_context& io, const test::loopback_site& site, play& part)
{
    test::loopback_server server(io, site.server());
    part.options.to = {"localhost", server.port()};
    part.options.tls = site.client();
    part.options.user_agent = "collector/1";
    const auto stream = net::make_https_stream(part.options);
    task_group servers(io.get_executor());
    servers.spawn("server", serve(server, part.visits, part.posted.size(), part.seen));
    for (int i = 0; i < part.exchanges; ++i)
    {
        http_request request;
        request.target = '/' + std::to_string(i);
        request.body = part.posted;
        co_await fetch(*stream, std::move(request), part.bodies);
        co_await test::turn();  // what the server does behind its answer
    }
    stream->close();
    co_await servers.join();
}

void run(play& part)
{
    const test::loopback_site site;
    asio::io_context io(1);
    test::run(io, exchange_all(io, site, part));
}

/// Plays that need two connections for their two exchanges, and no error.
void check_fresh_connection(play part)
{
    run(part);
    CHECK(part.seen.accepts == 2);
    CHECK(part.bodies == std::vector<std::string>{"body", "body"});
}

play with_first_answer(std::string answer)
{
    play part;
    part.visits = {{{std::move(answer)}}, {{counted}}};
    return part;
}

}  // namespace

TEST_CASE("https_stream: exchanges that were read to their end share a connection")
{
    play part;
    part.visits = {{{chunked, counted, chunked}}};
    part.exchanges = 3;
    run(part);
    CHECK(part.seen.accepts == 1);
    CHECK(part.bodies == std::vector<std::string>{"body", "body", "body"});
    CHECK(part.seen.requests[2].starts_with("GET /2 HTTP/1.1\r\n"));
    CHECK(part.seen.requests[0].find("Connection:") == std::string::npos);
}

TEST_CASE("https_stream: an answer that closes the connection, or cannot keep it, is followed by a fresh one")
{
    check_fresh_connection(with_first_answer("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\nbody"));
    check_fresh_connection(with_first_answer("HTTP/1.0 200 OK\r\nContent-Length: 4\r\n\r\nbody"));
    check_fresh_connection(
        with_first_answer("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 4\r\n\r\nbody")
    );
}

TEST_CASE("https_stream: a body that ended with its connection is followed by a fresh one")
{
    auto part = with_first_answer("HTTP/1.1 200 OK\r\n\r\nbody");
    part.visits[0].stays = false;
    check_fresh_connection(part);
}

TEST_CASE("https_stream: a connection rests no longer than we, or the server, allow")
{
    auto ours = with_first_answer(counted);
    ours.options.keep_alive = 0s;
    check_fresh_connection(ours);
    // A second less than promised is no time at all.
    check_fresh_connection(
        with_first_answer("HTTP/1.1 200 OK\r\nKeep-Alive: max=7, Timeout=1\r\nContent-Length: 4\r\n\r\nbody")
    );
}

TEST_CASE("https_stream: a server's longer promise keeps the connection")
{
    play part;
    const std::string promising = "HTTP/1.1 200 OK\r\nKeep-Alive: timeout=300, max=9\r\nContent-Length: 4\r\n\r\nbody";
    part.visits = {{{promising, counted}}};
    run(part);
    CHECK(part.seen.accepts == 1);
}

TEST_CASE("https_stream: bytes behind an answer spoil its connection, in the same record or in the next")
{
    const std::string unasked = "HTTP/1.1 408 Request Timeout\r\nContent-Length: 5\r\n\r\nsorry";
    check_fresh_connection(with_first_answer(counted + unasked));
    auto part = with_first_answer(counted);
    part.visits[0].late = unasked;
    check_fresh_connection(part);
}

TEST_CASE("https_stream: a connection that was closed while it rested is replaced without an error")
{
    auto part = with_first_answer(counted);
    part.visits[0].stays = false;
    check_fresh_connection(part);
}

TEST_CASE("https_stream: a kept connection that dies before it answers is replaced, also for a POST")
{
    for (const auto* const posted : {"", "action=list"})
    {
        play part;
        part.posted = posted;
        part.visits = {{{counted, ""}, "", false}, {{counted}}};
        run(part);
        CHECK(part.seen.accepts == 2);
        CHECK(part.bodies == std::vector<std::string>{"body", "body"});
        REQUIRE(part.seen.requests.size() == 3);
        CHECK(part.seen.requests[1] == part.seen.requests[2]);
    }
}

TEST_CASE("https_stream: the connection that replaces a dead one is not replaced itself")
{
    play part;
    part.visits = {{{counted, ""}, "", false}, {{""}, "", false}};
    run(part);
    CHECK(part.seen.accepts == 2);
    CHECK(part.bodies.back() == error_code(errc::body_cut).message());
}

TEST_CASE("https_stream: a fresh connection that dies before it answers is an error")
{
    play part;
    part.visits = {{{""}, "", false}};
    part.exchanges = 1;
    run(part);
    CHECK(part.seen.accepts == 1);
    CHECK(part.bodies.back() == error_code(errc::body_cut).message());
}

TEST_CASE("https_stream: once an answer has begun, its end is an error and nothing is asked again")
{
    play part;
    part.visits = {{{counted, "H"}, "", false}};
    run(part);
    CHECK(part.seen.accepts == 1);
    CHECK(part.bodies.back() == error_code(errc::body_cut).message());
}

TEST_CASE("https_stream: a kept connection that stays silent is a timeout, nothing is asked again")
{
    play part;
    part.options.first_byte_timeout = 1s;
    part.visits = {{{counted, ""}}};
    run(part);
    CHECK(part.seen.accepts == 1);
    CHECK(part.bodies.back() == error_code(asio::error::timed_out).message());
}

namespace
{

asio::awaitable<void> half_read(asio::io_context& io, const test::loopback_site& site)
{
    test::loopback_server server(io, site.server());
    net::https_options options;
    options.to = {"localhost", server.port()};
    options.tls = site.client();
    const auto stream = net::make_https_stream(std::move(options));
    task_group servers(io.get_executor());
    server_log seen;
    const std::vector<visit> visits{{{counted}}, {{counted}}};
    servers.spawn("server", serve(server, visits, 0, seen));
    http_request first;
    first.target = "/first";
    const auto head = co_await stream->open(std::move(first));
    CHECK(head.has_value());
    std::string into(2, '\0');
    const auto read = co_await stream->read_some(into);
    CHECK(read.has_value());
    std::vector<std::string> bodies;
    http_request second;
    second.target = "/second";
    co_await fetch(*stream, std::move(second), bodies);
    CHECK(bodies == std::vector<std::string>{"body"});
    stream->close();
    co_await servers.join();
    CHECK(seen.accepts == 2);
}

}  // namespace

TEST_CASE("https_stream: a body that was not read to its end spoils its connection")
{
    const test::loopback_site site;
    asio::io_context io(1);
    test::run(io, half_read(io, site));
}
