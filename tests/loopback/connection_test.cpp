#include "flow/task_group.hpp"
#include "net/connection.hpp"
#include "support/loopback_moment.hpp"
#include "support/loopback_pair.hpp"
#include "support/run.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <openssl/ssl.h>

#include <doctest/doctest.h>

#include <array>
#include <thread>

using namespace qdc;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace
{

using steady = std::chrono::steady_clock;

std::string pattern(std::size_t size)
{
    std::string text(size, '\0');
    for (std::size_t i = 0; i < size; ++i)
        text[i] = static_cast<char>('a' + (i * 31 + i / 4093) % 26);
    return text;
}

asio::awaitable<void> read_all(net::connection& from, std::size_t size, std::string& got)
{
    std::array<char, 5000> into{};  // no multiple of anything
    while (got.size() < size)
    {
        const auto read = co_await from.read_some(into, 60s);
        REQUIRE(read.has_value());
        REQUIRE(*read != 0);
        got.append(into.data(), *read);
    }
}

asio::awaitable<void> take_all(test::loopback_end& end, std::size_t size, std::string& got)
{
    got = co_await end.read_exactly(size);
}

asio::awaitable<void> write_all(net::connection& to, const std::string& bytes, error_code& outcome)
{
    outcome = co_await to.write(bytes, 60s);
}

asio::awaitable<void> both_ways(asio::io_context& io, const test::loopback_site* site)
{
    auto pair = co_await test::connect_pair(io, site);
    const auto up = pattern(1 << 20);
    const auto down = pattern((1 << 20) + 17);
    std::string got_up;
    std::string got_down;
    error_code unsent = asio::error::would_block;
    task_group work(io.get_executor());
    work.spawn("take", take_all(*pair.theirs, up.size(), got_up));
    work.spawn("give", pair.theirs->write(down));
    work.spawn("read", read_all(*pair.ours, down.size(), got_down));
    work.spawn("write", write_all(*pair.ours, up, unsent));
    co_await work.join();
    CHECK(unsent == error_code());
    CHECK(got_up == up);
    CHECK(got_down == down);
}

asio::awaitable<void> slow_reader(asio::io_context& io, const test::loopback_site* site)
{
    auto pair = co_await test::connect_pair(io, site);
    const auto bytes = pattern(12 << 20);  // more than both kernels hold
    std::string got;
    error_code unsent = asio::error::would_block;
    task_group work(io.get_executor());
    work.spawn("write", write_all(*pair.ours, bytes, unsent));
    const std::function<bool()> full = [&ours = *pair.ours] { return ours.unacknowledged().value() > 0; };
    const bool filled = co_await test::until(full);
    CHECK(filled);
    CHECK(unsent == asio::error::would_block);  // still at it
    work.spawn("take", take_all(*pair.theirs, bytes.size(), got));
    co_await work.join();
    CHECK(unsent == error_code());
    CHECK(got == bytes);
}

asio::awaitable<void> read_limit(asio::io_context& io, const test::loopback_site* site)
{
    auto pair = co_await test::connect_pair(io, site);
    std::array<char, 10> into{};
    const auto read = co_await pair.ours->read_some(into, 50ms);
    REQUIRE(read.has_error());
    CHECK(read.error() == asio::error::timed_out);
}

asio::awaitable<void> read_into(net::connection& from, std::string& got, error_code& outcome)
{
    std::array<char, 10> into{};
    const auto read = co_await from.read_some(into, 50ms);
    outcome = read ? error_code() : read.error();
    if (read)
        got.assign(into.data(), *read);
}

/// The limit passes while the process stands still, and the bytes are there.
asio::awaitable<void> suspended(asio::io_context& io, const test::loopback_site* site)
{
    auto pair = co_await test::connect_pair(io, site);
    std::string got;
    error_code outcome = asio::error::would_block;
    task_group work(io.get_executor());
    work.spawn("read", read_into(*pair.ours, got, outcome));
    co_await asio::post(io.get_executor(), asio::use_awaitable);
    co_await pair.theirs->write("late");
    std::this_thread::sleep_for(200ms);
    co_await work.join();
    CHECK(outcome == error_code());
    CHECK(got == "late");
}

asio::awaitable<void> write_limit(asio::io_context& io, const test::loopback_site* site)
{
    auto pair = co_await test::connect_pair(io, site);
    const auto bytes = pattern(16 << 20);
    const auto unsent = co_await pair.ours->write(bytes, 100ms);
    CHECK(unsent == asio::error::timed_out);
}

asio::awaitable<void> keep_reading(net::connection& from, error_code& outcome)
{
    std::array<char, 10> into{};
    const auto read = co_await from.read_some(into, net::connection::forever);
    outcome = read ? error_code() : read.error();
}

/// A limit belongs to its own operation: a short write must not end a read that has none.
asio::awaitable<void> own_limits(asio::io_context& io, const test::loopback_site* site)
{
    auto pair = co_await test::connect_pair(io, site);
    error_code seen = asio::error::would_block;
    task_group work(io.get_executor());
    work.spawn("read", keep_reading(*pair.ours, seen));
    co_await test::turn();
    const auto unsent = co_await pair.ours->write(std::string_view("x"), 20ms);
    CHECK(unsent == error_code());
    const std::function<bool()> over = [&seen] { return seen != asio::error::would_block; };
    const bool ended = co_await test::until(over, 60ms);
    CHECK_FALSE(ended);
    co_await pair.theirs->write("y");
    co_await work.join();
    CHECK(seen == error_code());
}

asio::awaitable<void> stopped_in_a_read(asio::io_context& io, const test::loopback_site* site)
{
    auto pair = co_await test::connect_pair(io, site);
    error_code seen;
    task_group work(io.get_executor());
    work.spawn("read", keep_reading(*pair.ours, seen));
    co_await test::turn();
    const auto begin = steady::now();
    work.stop();
    co_await work.join();
    CHECK(seen == asio::error::operation_aborted);
    CHECK(steady::now() - begin < 30s);
}

asio::awaitable<void> stopped_in_a_write(asio::io_context& io, const test::loopback_site* site)
{
    auto pair = co_await test::connect_pair(io, site);
    const auto bytes = pattern(16 << 20);
    error_code unsent;
    task_group work(io.get_executor());
    work.spawn("write", write_all(*pair.ours, bytes, unsent));
    co_await test::turn();
    const auto begin = steady::now();
    work.stop();
    co_await work.join();
    CHECK(unsent == asio::error::operation_aborted);
    CHECK(steady::now() - begin < 30s);
}

asio::awaitable<void> counts_the_unacknowledged(asio::io_context& io, const test::loopback_site* site)
{
    auto pair = co_await test::connect_pair(io, site);
    const std::function<bool()> none = [&ours = *pair.ours] { return ours.unacknowledged().value() == 0; };
    const bool at_rest = co_await test::until(none);
    CHECK(at_rest);

    const auto bytes = pattern(16 << 20);
    task_group work(io.get_executor());
    error_code unsent;
    work.spawn("write", write_all(*pair.ours, bytes, unsent));
    const std::function<bool()> some = [&ours = *pair.ours] { return ours.unacknowledged().value() > 0; };
    const bool held = co_await test::until(some);
    CHECK(held);
    work.stop();
    co_await work.join();

    pair.theirs->reset();
    const std::function<bool()> failed = [&ours = *pair.ours] { return ours.unacknowledged().has_error(); };
    const bool noticed = co_await test::until(failed);
    CHECK(noticed);
}

}  // namespace

TEST_CASE("connection: a mebibyte each way at once arrives whole")
{
    const test::loopback_site site;
    for (const auto* const tls : {&site, static_cast<const test::loopback_site*>(nullptr)})
    {
        asio::io_context io(1);
        test::run(io, both_ways(io, tls));
    }
}

TEST_CASE("connection: a write waits for a slow reader and then is whole")
{
    const test::loopback_site site;
    for (const auto* const tls : {&site, static_cast<const test::loopback_site*>(nullptr)})
    {
        asio::io_context io(1);
        test::run(io, slow_reader(io, tls));
    }
}

TEST_CASE("connection: a read without an answer is a timeout")
{
    const test::loopback_site site;
    for (const auto* const tls : {&site, static_cast<const test::loopback_site*>(nullptr)})
    {
        asio::io_context io(1);
        test::run(io, read_limit(io, tls));
    }
}

TEST_CASE("connection: bytes that came while the process stood still are read although their limit has passed")
{
    const test::loopback_site site;
    for (const auto* const tls : {&site, static_cast<const test::loopback_site*>(nullptr)})
    {
        asio::io_context io(1);
        test::run(io, suspended(io, tls));
    }
}

TEST_CASE("connection: a write that nobody reads is a timeout")
{
    const test::loopback_site site;
    for (const auto* const tls : {&site, static_cast<const test::loopback_site*>(nullptr)})
    {
        asio::io_context io(1);
        test::run(io, write_limit(io, tls));
    }
}

TEST_CASE("connection: the limit of a write does not touch the read that waits beside it")
{
    const test::loopback_site site;
    for (const auto* const tls : {&site, static_cast<const test::loopback_site*>(nullptr)})
    {
        asio::io_context io(1);
        test::run(io, own_limits(io, tls));
    }
}

TEST_CASE("connection: a stop ends a read at once")
{
    const test::loopback_site site;
    for (const auto* const tls : {&site, static_cast<const test::loopback_site*>(nullptr)})
    {
        asio::io_context io(1);
        test::run(io, stopped_in_a_read(io, tls));
    }
}

TEST_CASE("connection: a stop ends a write at once")
{
    const test::loopback_site site;
    for (const auto* const tls : {&site, static_cast<const test::loopback_site*>(nullptr)})
    {
        asio::io_context io(1);
        test::run(io, stopped_in_a_write(io, tls));
    }
}

TEST_CASE("connection: bytes that the peer's kernel has not taken are counted, and a reset is noticed")
{
    const test::loopback_site site;
    for (const auto* const tls : {&site, static_cast<const test::loopback_site*>(nullptr)})
    {
        asio::io_context io(1);
        test::run(io, counts_the_unacknowledged(io, tls));
    }
}
