#include "collect/body.hpp"
#include "flow/task_group.hpp"
#include "gzip.hpp"
#include "support/run.hpp"
#include "support/scripted_http.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <doctest/doctest.h>

namespace asio = boost::asio;
using namespace qdc;
using namespace qdc::test;

namespace
{

struct read_body
{
    std::string text;
    std::size_t largest{0};
    std::uint64_t received{0};
    std::string beginning;
    error_code failure;
};

asio::awaitable<void> read_all(scripted_http& http, read_body& out)
{
    http_request request;
    const auto head = co_await http.open(std::move(request));
    collect::body content(http, *head);
    for (;;)
    {
        const auto piece = co_await content.next();
        if (!piece)
            out.failure = piece.error();
        if (!piece || piece->empty())
            break;
        out.text += *piece;
        out.largest = std::max(out.largest, piece->size());
    }
    out.received = content.received();
    out.beginning = content.beginning();
}

read_body read(scripted_answer answer)
{
    asio::io_context io(1);
    scripted_http http;
    http.answers.push_back(std::move(answer));
    read_body out;
    run(io, read_all(http, out));
    return out;
}

scripted_answer packed(std::string bytes, std::string encoding = "gzip")
{
    auto out = answer(std::move(bytes));
    out.fields = {{"content-type", "application/xml"}, {"content-encoding", std::move(encoding)}};
    return out;
}

}  // namespace

TEST_CASE("body: a plain body comes through in pieces of 64 KiB at most")
{
    const std::string text(100'000, 'x');
    const auto got = read(answer(text));
    CHECK_FALSE(got.failure);
    CHECK(got.text == text);
    CHECK(got.largest == 64 * 1024);
    CHECK(got.received == 100'000);
}

TEST_CASE("body: a compressed one is unpacked, also in pieces of 64 KiB at most")
{
    const std::string text(1'000'000, 'x');
    for (const char* const name : {"gzip", "x-gzip", "GZIP"})
    {
        const auto got = read(packed(gzip(text), name));
        CHECK_FALSE(got.failure);
        CHECK(got.text == text);
        CHECK(got.largest <= 64 * 1024);
        CHECK(got.received < 10'000);
    }
}

namespace
{

asio::awaitable<void> count_turns(std::size_t& turns, const bool& over)
{
    const auto ex = co_await asio::this_coro::executor;
    while (!over)  // whoever reads says so in our turn
    {
        co_await asio::post(ex, asio::use_awaitable);
        ++turns;
    }
}

asio::awaitable<void> read_beside(asio::io_context& io, read_body& out, std::size_t& turns)
{
    scripted_http http;
    http.answers.push_back(packed(gzip(std::string(16u << 20, 'x'))));
    bool over = false;
    task_group group(io.get_executor());
    group.spawn("turns", count_turns(turns, over));
    co_await read_all(http, out);
    over = true;
    co_await group.join();
}

}  // namespace

TEST_CASE("body: a few bytes that unpack to megabytes leave the loop to others in between")
{
    asio::io_context io(1);
    read_body out;
    std::size_t turns = 0;
    run(io, read_beside(io, out, turns));
    CHECK(out.text.size() == 16u << 20);
    CHECK(out.received < 20'000);
    CHECK(turns >= (16u << 20) / (64 * 1024) - 1);
}

TEST_CASE("body: it does not matter how a compressed body arrives")
{
    std::string text;
    for (int i = 0; i < 5000; ++i)
        text += std::to_string(i * i) + '\n';
    const auto bytes = gzip(text);
    auto slow = packed("");
    for (const char byte : bytes)
        slow.pieces.emplace_back(1, byte);
    const auto got = read(std::move(slow));
    CHECK_FALSE(got.failure);
    CHECK(got.text == text);
}

TEST_CASE("body: a compressed body that ends early or is no such is damaged")
{
    const auto bytes = gzip("a host and another");
    for (std::size_t size = 0; size < bytes.size(); ++size)
        CHECK(read(packed(bytes.substr(0, size))).failure == errc::gzip_damaged);
    CHECK(read(packed("<html>")).failure == errc::gzip_damaged);
}

TEST_CASE("body: the transport's own error comes out, whatever the encoding")
{
    auto plain = answer("abc");
    plain.failure = asio::error::connection_reset;
    auto got = read(std::move(plain));
    CHECK(got.failure == asio::error::connection_reset);
    CHECK(got.text == "abc");

    auto cut = packed(gzip("abc").substr(0, 5));
    cut.failure = errc::body_cut;
    CHECK(read(std::move(cut)).failure == errc::body_cut);
}

TEST_CASE("body: how it begins is shown, harmless in a log")
{
    const auto got = read(answer("<html>\n\x1b[31m\xC3\xBC " + std::string(500, 'x')));
    CHECK(got.beginning.starts_with("it begins with: <html>..[31m.. xxx"));
    CHECK(got.beginning.size() == std::string_view("it begins with: ").size() + 160 + std::string_view("…").size());
    CHECK(read(answer("{\"a\":\n1}")).beginning == "it begins with: {\"a\":.1}");
    CHECK(read(answer("")).beginning.empty());
    CHECK(read(packed(gzip("denied"))).beginning == "it begins with: denied");
}

TEST_CASE("body: of a page its title is shown")
{
    const std::string markup = "<!DOCTYPE html>\n<HTML><head><meta charset=utf-8>" + std::string(300, ' ');
    CHECK(
        read(answer(markup + "<Title lang=en>\n Access\tdenied \n</TITLE>")).beginning ==
        "it begins with the title \"Access.denied\""
    );
    CHECK(
        read(answer(markup + "<title>403</title></head>\n<BODY class=x>\n<h1>No</h1><br>  entry\x1b[2J</BODY>"))
            .beginning == "it begins with the title \"403\", then: No entry.[2J"
    );
    CHECK(read(answer(markup + "<title></title>")).beginning.starts_with("it begins with: <!DOCTYPE"));
    CHECK(read(answer("{\"a\":\"<title>b</title>\"}")).beginning.starts_with("it begins with: {"));
    const auto endless = read(answer(markup + "<title>" + std::string(5000, 't'))).beginning;
    CHECK(endless == "it begins with the title \"" + std::string(160, 't') + "…\"");
    CHECK(read(answer(markup + "<title>cut her")).beginning == "it begins with the title \"cut her…\"");
}
