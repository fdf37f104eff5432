#include "flow/task_group.hpp"
#include "net/connection.hpp"
#include "support/loopback_moment.hpp"
#include "support/loopback_pair.hpp"
#include "support/run.hpp"

#include <boost/asio/error.hpp>

#include <openssl/ssl.h>

#include <doctest/doctest.h>

#include <array>

using namespace qdc;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace
{

/// How a server ends its side.
using farewell = void (test::loopback_end::*)();

asio::awaitable<void> reads_as_the_end(asio::io_context& io, const test::loopback_site* site, farewell how)
{
    auto pair = co_await test::connect_pair(io, site);
    co_await pair.theirs->write("last words");
    (*pair.theirs.*how)();
    std::array<char, 100> into{};
    std::string got;
    for (;;)
    {
        const auto read = co_await pair.ours->read_some(into, 60s);
        REQUIRE(read.has_value());
        if (*read == 0)
            break;
        got.append(into.data(), *read);
    }
    CHECK(got == "last words");
}

asio::awaitable<void> reset_is_an_error(asio::io_context& io, const test::loopback_site* site)
{
    auto pair = co_await test::connect_pair(io, site);
    pair.theirs->reset();
    std::array<char, 100> into{};
    const auto read = co_await pair.ours->read_some(into, 60s);
    REQUIRE(read.has_error());
    CHECK(read.error() == asio::error::connection_reset);
}

asio::awaitable<void> damage_behind_good_bytes(asio::io_context& io, const test::loopback_site& site)
{
    auto pair = co_await test::connect_pair(io, &site);
    co_await pair.theirs->write("last words");
    pair.theirs->write_past_tls("\x17\x03\x03" + std::string("\0\x20", 2) + std::string(32, 'x'));
    std::array<char, 100> into{};
    const auto good = co_await pair.ours->read_some(into, 60s);
    REQUIRE(good.has_value());
    CHECK(std::string(into.data(), *good) == "last words");
    for (int again = 0; again < 2; ++again)
    {
        const auto bad = co_await pair.ours->read_some(into, 60s);
        REQUIRE(bad.has_error());
        CHECK(bad.error().message() == "TLS: decryption failed or bad record mac");
    }
}

asio::awaitable<void> half_close(asio::io_context& io, const test::loopback_site* site)
{
    auto pair = co_await test::connect_pair(io, site);
    auto unsent = co_await pair.ours->write(std::string_view("question"), 60s);
    CHECK(unsent == error_code());
    unsent = co_await pair.ours->end_sending(60s);
    CHECK(unsent == error_code());

    const auto asked = co_await pair.theirs->read_to_end();
    CHECK(asked == "question");
    CHECK(pair.theirs->saw_close_notify() == (site != nullptr));
    co_await pair.theirs->wait_for_fin();
    co_await pair.theirs->write("answer");
    pair.theirs->close();

    std::array<char, 100> into{};
    const auto read = co_await pair.ours->read_some(into, 60s);
    REQUIRE(read.has_value());
    CHECK(std::string_view(into.data(), *read) == "answer");
    const auto end = co_await pair.ours->read_some(into, 60s);
    REQUIRE(end.has_value());
    CHECK(*end == 0);
}

/// The end is in the kernel before ours, behind bytes that nobody has read.
asio::awaitable<void> end_comes_first(asio::io_context& io, const test::loopback_site* site, farewell how)
{
    auto pair = co_await test::connect_pair(io, site);
    (*pair.theirs.*how)();
    const auto unsent = co_await pair.ours->end_sending(60s);
    CHECK(unsent == asio::error::eof);
}

asio::awaitable<void> end_behind_bytes(asio::io_context& io)
{
    auto pair = co_await test::connect_pair(io, nullptr);
    co_await pair.theirs->write("unread");
    pair.theirs->end_tcp();
    const auto unsent = co_await pair.ours->end_sending(60s);
    CHECK(unsent == asio::error::eof);
}

/// The rest of close_notify must wait for room, and the peer reads late.
asio::awaitable<void> end_behind_a_full_socket(asio::io_context& io, const test::loopback_site& site)
{
    auto pair = co_await test::connect_pair(io, &site);
    // Fill both kernels; a write that ran out of time would take the socket with it, so this one is in the background.
    const std::string bytes(24 << 20, 'x');
    error_code unsent = asio::error::would_block;
    error_code unended = asio::error::would_block;
    task_group work(io.get_executor());
    work.spawn(
        "write",
        [](net::connection& to, const std::string& all, error_code& out) -> asio::awaitable<void>
        { out = co_await to.write(all, 60s); }(*pair.ours, bytes, unsent)
    );
    co_await test::turn();
    work.spawn(
        "end",
        [](net::connection& to, error_code& out) -> asio::awaitable<void>
        { out = co_await to.end_sending(60s); }(*pair.ours, unended)
    );
    const auto got = co_await pair.theirs->read_to_end();
    co_await work.join();
    CHECK(unsent == error_code());
    CHECK(unended == error_code());
    CHECK(got.size() == bytes.size());
    CHECK(pair.theirs->saw_close_notify());
}

asio::awaitable<void> read_exactly(net::connection& from, std::size_t size, std::string& got)
{
    std::array<char, 4096> into{};
    while (got.size() < size)
    {
        const auto read = co_await from.read_some(into, 60s);
        REQUIRE(read.has_value());
        REQUIRE(*read != 0);
        got.append(into.data(), *read);
    }
}

asio::awaitable<void> write_in_pieces(net::connection& to, const std::string& bytes, int times)
{
    for (int i = 0; i < times; ++i)
    {
        const auto unsent = co_await to.write(bytes, 60s);
        REQUIRE(unsent == error_code());
    }
}

asio::awaitable<void> talk_with_new_keys(test::loopback_end& end, const std::string& bytes, int times)
{
    for (int i = 0; i < times; ++i)
    {
        end.request_key_update();
        co_await end.write(bytes);
    }
}

asio::awaitable<void> take(test::loopback_end& end, std::size_t size, std::string& got)
{
    got = co_await end.read_exactly(size);
}

asio::awaitable<void> key_updates(asio::io_context& io, const test::loopback_site& site)
{
    auto pair = co_await test::connect_pair(io, &site);
    const std::string piece(20'000, 'k');
    constexpr int times = 20;
    std::string got_up;
    std::string got_down;
    task_group work(io.get_executor());
    work.spawn("take", take(*pair.theirs, piece.size() * times, got_up));
    work.spawn("talk", talk_with_new_keys(*pair.theirs, piece, times));
    work.spawn("read", read_exactly(*pair.ours, piece.size() * times, got_down));
    work.spawn("write", write_in_pieces(*pair.ours, piece, times));
    co_await work.join();
    CHECK(got_up.size() == piece.size() * times);
    CHECK(got_down.size() == piece.size() * times);
}

/// What a key update after our end would make us answer has no way out any more, and is no reason to fail.
asio::awaitable<void> key_update_after_our_end(asio::io_context& io, const test::loopback_site& site)
{
    auto pair = co_await test::connect_pair(io, &site);
    const auto unsent = co_await pair.ours->end_sending(60s);
    CHECK(unsent == error_code());
    const auto nothing = co_await pair.theirs->read_to_end();
    CHECK(nothing.empty());
    pair.theirs->request_key_update();
    co_await pair.theirs->write("fresh");
    pair.theirs->close_in_order();
    std::string got;
    co_await read_exactly(*pair.ours, 5, got);
    CHECK(got == "fresh");
    std::array<char, 10> into{};
    const auto end = co_await pair.ours->read_some(into, 60s);
    REQUIRE(end.has_value());
    CHECK(*end == 0);
}

}  // namespace

TEST_CASE("connection: the peer's end reads as 0, with and without close_notify")
{
    const test::loopback_site site;
    for (const farewell how : {&test::loopback_end::close_in_order, &test::loopback_end::close})
    {
        asio::io_context io(1);
        test::run(io, reads_as_the_end(io, &site, how));
    }
    asio::io_context io(1);
    test::run(io, reads_as_the_end(io, nullptr, &test::loopback_end::close));
}

TEST_CASE("connection: what is damaged behind good bytes is an error after them, with its reason")
{
    const test::loopback_site site;
    asio::io_context io(1);
    test::run(io, damage_behind_good_bytes(io, site));
}

TEST_CASE("connection: a reset is an error, not an end")
{
    const test::loopback_site site;
    for (const auto* const tls : {&site, static_cast<const test::loopback_site*>(nullptr)})
    {
        asio::io_context io(1);
        test::run(io, reset_is_an_error(io, tls));
    }
}

TEST_CASE("connection: end_sending says close_notify and FIN, and reading goes on")
{
    const test::loopback_site site;
    for (const auto* const tls : {&site, static_cast<const test::loopback_site*>(nullptr)})
    {
        asio::io_context io(1);
        test::run(io, half_close(io, tls));
    }
}

TEST_CASE("connection: end_sending tells when the peer has ended before")
{
    const test::loopback_site site;
    for (const farewell how : {&test::loopback_end::close_in_order, &test::loopback_end::close})
    {
        asio::io_context io(1);
        test::run(io, end_comes_first(io, &site, how));
    }
    asio::io_context io(1);
    test::run(io, end_comes_first(io, nullptr, &test::loopback_end::close));
}

TEST_CASE("connection: end_sending finds the peer's end behind unread bytes")
{
    asio::io_context io(1);
    test::run(io, end_behind_bytes(io));
}

TEST_CASE("connection: end_sending waits behind a full socket")
{
    const test::loopback_site site;
    asio::io_context io(1);
    test::run(io, end_behind_a_full_socket(io, site));
}

TEST_CASE("connection: key updates of the peer are answered while data flows")
{
    const test::loopback_site site;
    asio::io_context io(1);
    test::run(io, key_updates(io, site));
}

TEST_CASE("connection: a key update after our end does no harm")
{
    const test::loopback_site site;
    asio::io_context io(1);
    test::run(io, key_update_after_our_end(io, site));
}
