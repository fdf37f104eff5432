#include "flow/task_group.hpp"
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

/// Asks without end and reads what comes, again and again on new connections.
asio::awaitable<void> pipeline_on(status_site& at, asio::io_context& io)
{
    std::string many;
    for (int n = 0; n < 50; ++n)
        many += get("/metrics");
    for (;;)
    {
        status_visitor one(at, io);
        co_await one.send(many);
        [[maybe_unused]] const auto all = co_await one.rest();
    }
}

/// How many answers the flood gets between two probes depends on the machine; that each probe is answered before the flood
/// has had more than a round of turns does not.
asio::awaitable<void> pipelines_wait_behind(status_site& at, asio::io_context& io)
{
    task_group flood(io.get_executor());
    for (int i = 0; i < 100; ++i)
        flood.spawn("pipeline", pipeline_on(at, io));
    co_await turn();
    for (int i = 0; i < 12; ++i)
    {
        const auto got = co_await ask(at, io, get("/healthz", last));
        CHECK(got.ends_with("ok\n"));
    }
    flood.stop();
    co_await flood.join();
}

/// Two requests on one connection, of which the second one has to wait for the only turn of a day.
asio::awaitable<void> one_turn_a_day(status_site& at, asio::io_context& io)
{
    status_visitor greedy(at, io);
    co_await greedy.send(get("/healthz") + get("/healthz") + get("/healthz"));
    const auto first = co_await greedy.answer();
    CHECK(first.ends_with("ok\n"));
    for (int i = 0; i < 12; ++i)
    {
        const auto got = co_await ask(at, io, get("/healthz", last));
        CHECK(got.ends_with("ok\n"));
    }
}

/// With room for two, both taken by connections that wait for their turn.
asio::awaitable<void> greedy_make_room(status_site& at, asio::io_context& io)
{
    std::vector<std::unique_ptr<status_visitor>> greedy;
    for (int i = 0; i < 2; ++i)
    {
        greedy.push_back(std::make_unique<status_visitor>(at, io));
        co_await greedy.back()->send(get("/healthz") + get("/healthz") + get("/healthz"));
        [[maybe_unused]] const auto first = co_await greedy.back()->answer();
    }
    status_visitor probe(at, io);
    co_await probe.send(get("/healthz"));
    const auto got = co_await probe.answer();
    CHECK(got.ends_with("ok\n"));
    const auto rest = co_await greedy.front()->rest();  // it ends
    CHECK(rest.find("ok\n") == rest.rfind("ok\n"));
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
    options.head = 1000ms;
    options.idle = 1500ms;
    with_server(options, times_out);
}

TEST_CASE("status server: after its burst a flood gets one answer for each gap")
{
    auto options = status_site::patient();
    options.burst = 5;
    options.gap = 10ms;
    with_server(options, flood_is_spread);
}

TEST_CASE("status server: a hundred connections that pipeline keep no probe out")
{
    auto options = status_site::patient();
    options.burst = 5;
    options.gap = 10ms;
    with_server(options, pipelines_wait_behind);
}

TEST_CASE("status server: the rest of a pipeline waits, and nobody waits behind it")
{
    auto options = status_site::patient();
    options.burst = 1;
    options.gap = 10000ms;
    options.arrival_gap = 0ms;
    with_server(options, one_turn_a_day);
}

TEST_CASE("status server: a pipeline that waits for its turn makes room for a new connection")
{
    auto options = status_site::patient();
    options.connections = 2;
    options.burst = 1;
    options.gap = 10000ms;
    options.arrival_gap = 0ms;
    with_server(options, greedy_make_room);
}

TEST_CASE("status server: a stop ends it whatever its clients do")
{
    with_server(status_site::patient(), stops_with_clients);
}

TEST_CASE("status server: clients that vanish leave no trace")
{
    with_server(status_site::patient(), goes_away_early);
}
