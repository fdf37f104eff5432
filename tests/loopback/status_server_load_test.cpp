#include "support/run.hpp"
#include "support/status_site.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

using namespace qdc;
using namespace qdc::test;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace
{

asio::awaitable<void> half_requests(status_site& at, asio::io_context& io)
{
    std::vector<std::unique_ptr<status_visitor>> slow;
    for (int i = 0; i < 100; ++i)
    {
        slow.push_back(std::make_unique<status_visitor>(at, io));
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

asio::awaitable<void> slow_readers(status_site& at, asio::io_context& io)
{
    std::vector<std::unique_ptr<status_visitor>> slow;
    for (int i = 0; i < 100; ++i)
    {
        slow.push_back(std::make_unique<status_visitor>(at, io));
        std::string many;
        for (int n = 0; n < 100; ++n)
            many += get("/metrics");
        co_await slow.back()->send(many);  // and never reads
        const auto got = co_await ask(at, io, get("/healthz", last));
        CHECK(got.ends_with("ok\n"));
    }
}

asio::awaitable<void> times_out(status_site& at, asio::io_context& io)
{
    status_visitor silent(at, io);
    status_visitor half(at, io);
    status_visitor reader(at, io);
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

asio::awaitable<void> flood_is_spread(status_site& at, asio::io_context& io)
{
    status_visitor one(at, io);
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

asio::awaitable<void> stops_with_clients(status_site& at, asio::io_context& io)
{
    status_visitor idle(at, io);
    status_visitor half(at, io);
    status_visitor deaf(at, io);
    co_await idle.send(get("/healthz"));
    const auto got = co_await idle.answer();
    CHECK(got.ends_with("ok\n"));
    co_await half.send("GET /hea");
    std::string many;
    for (int n = 0; n < 500; ++n)
        many += get("/metrics");
    co_await deaf.send(many);
    co_await turn();
    co_await at.stop();
    const bool idle_over = co_await idle.is_over();
    const bool half_over = co_await half.is_over();
    CHECK(idle_over);
    CHECK(half_over);
}

asio::awaitable<void> goes_away_early(status_site& at, asio::io_context& io)
{
    for (int i = 0; i < 50; ++i)
    {
        status_visitor one(at, io);
        co_await one.send(get("/metrics"));
        one.socket.set_option(asio::socket_base::linger(true, 0));
        one.socket.close();
    }
    const auto got = co_await ask(at, io, get("/healthz", last));
    CHECK(got.ends_with("ok\n"));
    CHECK(at.log.records.empty());
}

}  // namespace

TEST_CASE("status server: a hundred half requests keep nobody out, the oldest make room")
{
    with_server(status_site::patient(), half_requests);
}

TEST_CASE("status server: a hundred clients that do not read keep nobody out")
{
    with_server(status_site::patient(), slow_readers);
}

TEST_CASE("status server: silence, half a request and idling each have a time limit")
{
    auto options = status_site::patient();
    options.head = 100ms;
    options.idle = 150ms;
    with_server(options, times_out);
}

TEST_CASE("status server: after its burst a flood gets one answer for each gap")
{
    auto options = status_site::patient();
    options.burst = 5;
    options.gap = 10ms;
    with_server(options, flood_is_spread);
}

TEST_CASE("status server: a stop ends it whatever its clients do")
{
    with_server(status_site::patient(), stops_with_clients);
}

TEST_CASE("status server: clients that vanish leave no trace")
{
    with_server(status_site::patient(), goes_away_early);
}
