#include "flow/task_group.hpp"
#include "loopback/https_script.hpp"
#include "support/run.hpp"

#include <boost/asio/error.hpp>
#include <boost/beast/http/error.hpp>

#include <doctest/doctest.h>

#include <vector>

using namespace qdc;
using namespace std::chrono_literals;
namespace asio = boost::asio;
using test::fetch;
using test::options_for;
using test::outcome;
using test::play;
using test::script;

namespace
{

const std::string text = "The quick brown fox jumps over the lazy dog.";
const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-Limit: 7\r\n\r\n"
                            "4\r\nThe \r\n28;note=x\r\nquick brown fox jumps over the lazy dog.\r\n0\r\n\r\n";
const std::string counted = "HTTP/1.1 200 OK\r\nContent-Length: 44\r\nX-Limit: 7\r\n\r\n" + text;
const std::string endless = "HTTP/1.1 200 OK\r\nX-Limit: 7\r\n\r\n" + text;

asio::awaitable<void>
exchange(asio::io_context& io, const test::loopback_site& site, script& part, std::size_t piece, outcome& got)
{
    test::loopback_server server(io, site.server());
    auto options = options_for(site, server);
    options.first_byte_timeout = options.idle_timeout = part.stays ? 1s : 10s;
    const auto stream = net::make_https_stream(std::move(options));
    task_group servers(io.get_executor());
    servers.spawn("server", play(server, part));
    http_request request;
    request.target = "/api?action=list";
    request.authorization = secret("Basic dTpwITpAw6kgcA==");
    co_await fetch(*stream, std::move(request), piece, got);
    stream->close();
    co_await servers.join();
}

outcome fetched(const test::loopback_site& site, script& part, std::size_t piece = 4096)
{
    asio::io_context io(1);
    outcome got;
    test::run(io, exchange(io, site, part, piece, got));
    return got;
}

outcome fetched(const test::loopback_site& site, std::vector<std::string> pieces, std::size_t piece = 4096)
{
    script part{std::move(pieces), false, {}};
    return fetched(site, part, piece);
}

void check_whole(const outcome& got)
{
    CHECK(got.failure == error_code());
    CHECK(got.head.status == 200);
    CHECK(got.head.field("x-limit") == "7");
    CHECK(got.body == text);
}

}  // namespace

TEST_CASE("https_stream: bodies in chunks, of known length and until the end arrive whole, in whatever pieces we pull")
{
    const test::loopback_site site;
    for (const auto& answer : {chunked, counted, endless})
        for (const std::size_t piece : {1U, 7U, 44U, 4096U})
            check_whole(fetched(site, {answer}, piece));
}

TEST_CASE("https_stream: an answer may be cut into records at any byte")
{
    const test::loopback_site site;
    for (const auto& answer : {chunked, endless})
        for (std::size_t at = 1; at < answer.size(); ++at)
            check_whole(fetched(site, {answer.substr(0, at), answer.substr(at)}));
}

TEST_CASE("https_stream: what a damaged chunk follows is handed out first")
{
    const test::loopback_site site;
    const auto got = fetched(site, {chunked.substr(0, chunked.find("28;note")) + "xx\r\n"});
    CHECK(got.body == "The ");
    CHECK(got.failure == boost::beast::http::error::bad_chunk);
}

TEST_CASE("https_stream: an answer may come byte by byte")
{
    const test::loopback_site site;
    std::vector<std::string> bytes;
    for (const char one : chunked)
        bytes.emplace_back(1, one);
    check_whole(fetched(site, bytes, 3));
}

TEST_CASE("https_stream: a body that ends early is body_cut, wherever it ends")
{
    const test::loopback_site site;
    for (const auto& answer : {chunked, counted})
        for (std::size_t at = 0; at < answer.size(); at += 3)
            CHECK(fetched(site, {answer.substr(0, at)}).failure == errc::body_cut);
}

TEST_CASE("https_stream: a header without a body is complete")
{
    const test::loopback_site site;
    const auto got = fetched(site, {"HTTP/1.1 409 Conflict\r\nContent-Length: 0\r\nRetry-After: 9\r\n\r\n"});
    CHECK(got.failure == error_code());
    CHECK(got.head.status == 409);
    CHECK(got.head.field("retry-after") == "9");
    CHECK(got.body.empty());
}

TEST_CASE("https_stream: a header that never ends is refused")
{
    const test::loopback_site site;
    script part{{"HTTP/1.1 200 OK\r\n", std::string(80 * 1024, 'h')}, true, {}};
    CHECK(fetched(site, part).failure == boost::beast::http::error::header_limit);
    CHECK(fetched(site, {"<html>sorry</html>\r\n\r\n"}).failure.failed());  // no HTTP at all
}

TEST_CASE("https_stream: interim answers in front of the final one are skipped, however they arrive")
{
    const test::loopback_site site;
    const std::string interim = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early "
                                "Hints\r\nLink: </x.css>\r\n\r\n";
    for (const auto& answer : {chunked, counted, endless})
    {
        check_whole(fetched(site, {interim + answer}));
        check_whole(fetched(site, {interim, answer}));
    }
    for (std::size_t at = 1; at < interim.size(); at += 5)
        check_whole(fetched(site, {interim.substr(0, at), interim.substr(at) + counted}));
}

TEST_CASE("https_stream: interim answers without end are refused, and one alone is no answer")
{
    const test::loopback_site site;
    std::string interim;
    for (int i = 0; i < 8; ++i)
        interim += "HTTP/1.1 103 Early Hints\r\n\r\n";
    check_whole(fetched(site, {interim + counted}));
    CHECK(
        fetched(site, {interim + "HTTP/1.1 100 Continue\r\n\r\n" + counted}).failure ==
        boost::beast::http::error::bad_status
    );
    CHECK(fetched(site, {"HTTP/1.1 100 Continue\r\n\r\n"}).failure == errc::body_cut);
    CHECK(fetched(site, {"HTTP/1.1 101 Switching Protocols\r\n\r\n"}).head.status == 101);
}

TEST_CASE("https_stream: a body without length that ends by FIN alone is cut; with close_notify it is complete")
{
    const test::loopback_site site;
    script part{{endless}, false, {}};
    check_whole(fetched(site, part));
    part.fin_only = true;
    const auto got = fetched(site, part);
    CHECK(got.failure == errc::body_cut);
    CHECK(got.body == text);
    for (const auto& complete : {chunked, counted})
    {
        part.pieces = {complete};
        check_whole(fetched(site, part));
    }
}

TEST_CASE("https_stream: framing without end is refused, be it header, chunk size, chunk extension or trailer")
{
    const test::loopback_site site;
    const auto body = chunked.substr(0, chunked.find("28;note"));
    const std::string megabyte(1 << 20, 'a');
    std::string lines;
    while (lines.size() < megabyte.size())
        lines += "X-Line: 1\r\n";
    const auto refused = [&site](const std::string& start, const std::string& piece)
    {
        script part{{start}, true, {}};
        for (int i = 0; i < 64; ++i)
            part.pieces.push_back(piece);
        const auto got = fetched(site, part);
        CHECK(got.failure.failed());
        CHECK(got.failure.category() == error_code(boost::beast::http::error::buffer_overflow).category());
        return got.failure;
    };
    CHECK(refused(body + "28;note=", megabyte) == boost::beast::http::error::buffer_overflow);
    CHECK(refused(body + "0\r\n", lines) == boost::beast::http::error::buffer_overflow);
    refused(body, std::string(megabyte.size(), '0'));
    refused("HTTP/1.1 200 OK\r\n", lines);
    refused("HTTP/1.1 200 ", megabyte);
}

TEST_CASE("https_stream: a header that drips gets no more time than one that does not come")
{
    const test::loopback_site site;
    script part{std::vector<std::string>(400, "X-Drop: 1\r\n"), true, {}};
    part.pieces.insert(part.pieces.begin(), "HTTP/1.1 200 OK\r\n");
    part.pause = 5ms;
    CHECK(fetched(site, part).failure == asio::error::timed_out);
}

TEST_CASE("https_stream: an answer that came while the process was suspended counts, though its time is over")
{
    const test::loopback_site site;
    script part{{counted.substr(0, 20), counted.substr(20)}, true, {}};
    part.suspends = 1100ms;  // the limits are a second
    check_whole(fetched(site, part));
}

TEST_CASE("https_stream: a server that says nothing, or stops in the middle, is a timeout")
{
    const test::loopback_site site;
    for (const auto& said : {std::string(), counted.substr(0, 20), counted.substr(0, counted.size() - 9)})
    {
        script part{{said}, true, {}};
        CHECK(fetched(site, part).failure == asio::error::timed_out);
    }
}

TEST_CASE("https_stream: a request carries what Qualys asks for")
{
    const test::loopback_site site;
    script part{{counted}, false, {}};
    check_whole(fetched(site, part));
    CHECK(part.request.starts_with("GET /api?action=list HTTP/1.1\r\nHost: localhost:"));
    CHECK(part.request.find("\r\nX-Requested-With: collector/1\r\n") != std::string::npos);
    CHECK(part.request.find("\r\nAuthorization: Basic dTpwITpAw6kgcA==\r\n") != std::string::npos);
    CHECK(part.request.find("\r\nAccept-Encoding: gzip\r\n") != std::string::npos);
}

namespace
{

asio::awaitable<void> posts(asio::io_context& io, const test::loopback_site& site)
{
    test::loopback_server server(io, site.server());
    const auto stream = net::make_https_stream(options_for(site, server));
    script part{{counted}, false, {}};
    task_group servers(io.get_executor());
    servers.spawn("server", play(server, part));
    http_request request;
    request.target = "/api";
    request.body = "action=list&echo=0";
    outcome got;
    co_await fetch(*stream, std::move(request), 100, got);
    co_await servers.join();
    check_whole(got);
    CHECK(part.request.starts_with("POST /api HTTP/1.1\r\n"));
    CHECK(part.request.find("\r\nContent-Length: 18\r\n") != std::string::npos);
    CHECK(part.request.find("Authorization") == std::string::npos);
    CHECK(part.request.ends_with("\r\n\r\naction=list&echo=0"));
}

asio::awaitable<void> again_after_close(asio::io_context& io, const test::loopback_site& site)
{
    test::loopback_server server(io, site.server());
    const auto stream = net::make_https_stream(options_for(site, server));
    task_group servers(io.get_executor());
    script part{{counted.substr(0, counted.size() - 9)}, true, {}};
    servers.spawn("server", play(server, part));
    http_request request;
    request.target = "/first";
    const auto head = co_await stream->open(std::move(request));
    CHECK(head.has_value());
    std::string into(10, '\0');
    const auto read = co_await stream->read_some(into);
    CHECK(read.has_value());
    stream->close();
    co_await servers.join();

    for (const auto* const target : {"/second", "/third"})
    {
        script next{{chunked}, false, {}};
        servers.spawn("server", play(server, next));
        http_request again;
        again.target = target;
        outcome got;
        co_await fetch(*stream, std::move(again), 100, got);
        co_await servers.join();
        check_whole(got);
    }
    CHECK(stream->endpoint() == "localhost:" + server.port() + " (127.0.0.1)");
}

asio::awaitable<void> stopped_in_the_body(asio::io_context& io, const test::loopback_site& site)
{
    test::loopback_server server(io, site.server());
    const auto stream = net::make_https_stream(options_for(site, server));
    script part{{counted.substr(0, counted.size() - 9)}, true, {}};
    task_group servers(io.get_executor());
    servers.spawn("server", play(server, part));
    task_group clients(io.get_executor());
    outcome got;
    http_request request;
    request.target = "/";
    clients.spawn("client", fetch(*stream, std::move(request), 100, got));
    while (got.body.empty())
        co_await test::turn();
    const auto begin = std::chrono::steady_clock::now();
    clients.stop();
    co_await clients.join();
    CHECK(std::chrono::steady_clock::now() - begin < 30s);
    CHECK(got.body.size() == text.size() - 9);
    stream->close();
    co_await servers.join();
}

}  // namespace

TEST_CASE("https_stream: a request with a body is a POST of a form")
{
    const test::loopback_site site;
    asio::io_context io(1);
    test::run(io, posts(io, site));
}

TEST_CASE("https_stream: after close() in mid-body the next exchange starts fresh")
{
    const test::loopback_site site;
    asio::io_context io(1);
    test::run(io, again_after_close(io, site));
}

TEST_CASE("https_stream: a stop ends a body at once")
{
    const test::loopback_site site;
    asio::io_context io(1);
    test::run(io, stopped_in_the_body(io, site));
}
