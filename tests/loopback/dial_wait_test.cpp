#include "flow/task_group.hpp"
#include "net/connection.hpp"
#include "support/deaf_listener.hpp"
#include "support/loopback_moment.hpp"
#include "support/loopback_server.hpp"
#include "support/loopback_site.hpp"
#include "support/refusing_port.hpp"
#include "support/run.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <doctest/doctest.h>

using namespace qdc;
using namespace std::chrono_literals;
namespace asio = boost::asio;
using asio::ip::tcp;

namespace
{

using steady = std::chrono::steady_clock;

asio::awaitable<void>
dial_into(net::peer to, std::shared_ptr<net::tls_context> tls, net::connection::limit within, error_code& outcome)
{
    outcome = asio::error::would_block;
    const auto made = co_await net::dial(std::move(to), std::nullopt, std::move(tls), within);
    outcome = made ? error_code() : made.error();
}

asio::awaitable<void> nobody_listens(asio::io_context& io, const test::loopback_site& site)
{
    const test::refusing_port taken(io);
    error_code outcome;
    net::peer nobody{"127.0.0.1", taken.text()};
    co_await dial_into(std::move(nobody), site.client(), 60s, outcome);
    CHECK(outcome == asio::error::connection_refused);
}

asio::awaitable<void> nobody_answers(asio::io_context& io)
{
    const test::deaf_listener deaf(io, {asio::ip::address_v4::loopback(), 0});
    const auto port = std::to_string(deaf.listener.local_endpoint().port());
    const auto begin = steady::now();
    error_code outcome;
    net::peer to{"127.0.0.1", port};
    co_await dial_into(std::move(to), nullptr, 100ms, outcome);
    CHECK(outcome == asio::error::timed_out);
    CHECK(steady::now() - begin < 30s);  // the kernel's own limit is two minutes
}

asio::awaitable<void> handshake_unanswered(asio::io_context& io, const test::loopback_site& site)
{
    test::loopback_server silent(io);
    error_code outcome;
    net::peer to{"localhost", silent.port()};
    co_await dial_into(std::move(to), site.client(), 100ms, outcome);
    CHECK(outcome == asio::error::timed_out);
}

asio::awaitable<void> handshake_cut(asio::io_context& io, const test::loopback_site& site)
{
    test::loopback_server plain(io);
    task_group clients(io.get_executor());
    error_code outcome;
    clients.spawn("client", dial_into({"localhost", plain.port()}, site.client(), 60s, outcome));
    auto end = co_await plain.accept();
    const auto hello = co_await end->read_some();
    CHECK(!hello.empty());
    end->close();
    co_await clients.join();
    CHECK(outcome == asio::error::eof);
}

asio::awaitable<void> not_tls(asio::io_context& io, const test::loopback_site& site)
{
    test::loopback_server plain(io);
    task_group clients(io.get_executor());
    error_code outcome;
    clients.spawn("client", dial_into({"localhost", plain.port()}, site.client(), 60s, outcome));
    auto end = co_await plain.accept();
    const auto hello = co_await end->read_some();
    CHECK(!hello.empty());
    co_await end->write("HTTP/1.1 400 Bad Request\r\n\r\n");
    co_await clients.join();
    INFO(outcome.message());
    CHECK(outcome.failed());
    CHECK(outcome.message().find("wrong version number") != std::string::npos);
}

asio::awaitable<void> stopped_while_connecting(asio::io_context& io)
{
    const test::deaf_listener deaf(io, {asio::ip::address_v4::loopback(), 0});
    const auto port = std::to_string(deaf.listener.local_endpoint().port());
    task_group clients(io.get_executor());
    error_code outcome;
    clients.spawn("client", dial_into({"127.0.0.1", port}, nullptr, 60s, outcome));
    const std::function<bool()> never = [] { return false; };
    [[maybe_unused]] const bool held = co_await test::until(never, 30ms);  // the resolver's thread comes first
    const auto begin = steady::now();
    clients.stop();
    co_await clients.join();
    CHECK(steady::now() - begin < 30s);
    CHECK(outcome != error_code());
}

asio::awaitable<void> stopped_in_the_handshake(asio::io_context& io, const test::loopback_site& site)
{
    test::loopback_server silent(io);
    task_group clients(io.get_executor());
    error_code outcome;
    clients.spawn("client", dial_into({"localhost", silent.port()}, site.client(), 60s, outcome));
    auto end = co_await silent.accept();
    const auto hello = co_await end->read_some();
    CHECK(!hello.empty());
    const auto begin = steady::now();
    clients.stop();
    co_await clients.join();
    CHECK(steady::now() - begin < 30s);
    CHECK(outcome != error_code());
}

}  // namespace

TEST_CASE("dial: a port where nobody listens refuses")
{
    const test::loopback_site site;
    asio::io_context io(1);
    test::run(io, nobody_listens(io, site));
}

TEST_CASE("dial: a peer that does not answer at all is a timeout")
{
    asio::io_context io(1);
    test::run(io, nobody_answers(io));
}

TEST_CASE("dial: a peer that accepts and never shakes hands is a timeout")
{
    const test::loopback_site site;
    asio::io_context io(1);
    test::run(io, handshake_unanswered(io, site));
}

TEST_CASE("dial: a peer that hangs up in the handshake is an end of stream")
{
    const test::loopback_site site;
    asio::io_context io(1);
    test::run(io, handshake_cut(io, site));
}

TEST_CASE("dial: a peer that does not speak TLS is refused in words")
{
    const test::loopback_site site;
    asio::io_context io(1);
    test::run(io, not_tls(io, site));
}

TEST_CASE("dial: a stop while connecting ends it at once")
{
    asio::io_context io(1);
    test::run(io, stopped_while_connecting(io));
}

TEST_CASE("dial: a stop in the handshake ends it at once")
{
    const test::loopback_site site;
    asio::io_context io(1);
    test::run(io, stopped_in_the_handshake(io, site));
}
