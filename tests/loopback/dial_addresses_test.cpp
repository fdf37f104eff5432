#include "flow/task_group.hpp"
#include "net/connect.hpp"
#include "net/name_lookup.hpp"
#include "support/deaf_listener.hpp"
#include "support/loopback_moment.hpp"
#include "support/refusing_port.hpp"
#include "support/run.hpp"

#include <boost/asio/error.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <semaphore>

#include <dlfcn.h>
#include <netdb.h>

using namespace qdc;
using namespace std::chrono_literals;
namespace asio = boost::asio;
using asio::ip::tcp;

namespace
{

using steady = std::chrono::steady_clock;

/// A name whose look-up takes until the test lets it go.
constexpr const char* held_name = "held.test";
std::binary_semaphore let_go{0};
std::atomic<int> held_lookups{0};
std::atomic<int> freed_lookups{0};

}  // namespace

// In the place of libc's, which is called on a thread of the look-up's own.
extern "C" int getaddrinfo(const char* name, const char* service, const addrinfo* hints, addrinfo** found)
{
    static const auto real = reinterpret_cast<decltype(&::getaddrinfo)>(::dlsym(RTLD_NEXT, "getaddrinfo"));
    if (name == nullptr || std::strcmp(name, held_name) != 0)
        return real(name, service, hints, found);
    ++held_lookups;
    [[maybe_unused]] const bool in_time = let_go.try_acquire_for(3s);  // a failed test ends, too
    ++freed_lookups;
    return real("127.0.0.1", service, hints, found);
}

namespace
{

tcp::endpoint at(const char* address)
{
    return {asio::ip::make_address(address), 443};
}

/// Where the one connection of several addresses went.
struct outcome
{
    error_code failure;
    tcp::endpoint winner;
    steady::duration took{};
};

asio::awaitable<void> connect_into(net::tcp_addresses addresses, net::connection::limit within, outcome& got)
{
    const auto begin = steady::now();
    auto made = co_await net::connect_any(std::move(addresses), within);
    got.took = steady::now() - begin;
    got.failure = made.socket ? error_code() : made.failure;
    if (made.socket)
        got.winner = made.socket->socket().remote_endpoint();
}

asio::awaitable<void> resolve_into(net::peer of, net::connection::limit within, outcome& got)
{
    const auto begin = steady::now();
    got.failure = asio::error::would_block;
    const auto made = co_await net::resolve(std::move(of), within);
    got.took = steady::now() - begin;
    got.failure = made ? error_code() : made.error();
    if (made)
        got.winner = made->front();
}

asio::awaitable<void> held_too_long(asio::io_context&)
{
    outcome got;
    net::peer held{held_name, "443"};
    co_await resolve_into(std::move(held), 50ms, got);
    CHECK(got.failure == net::lookup_fault::timed_out);
    // The answer comes when nobody waits for it any more; run() looks for what is left.
    freed_lookups = 0;
    let_go.release();
    const std::function<bool()> freed = [] { return freed_lookups == 1; };
    const bool come = co_await test::until(freed);
    CHECK(come);
}

asio::awaitable<void> stopped_in_the_lookup(asio::io_context& io)
{
    held_lookups = 0;
    task_group clients(io.get_executor());
    outcome got;
    outcome behind;
    clients.spawn("client", resolve_into({held_name, "443"}, 60s, got));
    clients.spawn("behind", resolve_into({held_name, "443"}, 60s, behind));
    const std::function<bool()> asked = [] { return held_lookups == 1; };
    const bool begun = co_await test::until(asked);
    CHECK(begun);
    clients.stop();
    co_await clients.join();  // while the look-up still holds
    CHECK(got.failure == asio::error::operation_aborted);
    CHECK(behind.failure == asio::error::operation_aborted);
    let_go.release();
}

}  // namespace

TEST_CASE("dial: the families of addresses take turns, beginning with the resolver's first")
{
    const net::tcp_addresses given{at("::1"), at("::2"), at("::3"), at("1.0.0.1"), at("1.0.0.2")};
    const net::tcp_addresses wanted{at("::1"), at("1.0.0.1"), at("::2"), at("1.0.0.2"), at("::3")};
    CHECK(net::interleaved(given) == wanted);
    const net::tcp_addresses other{at("1.0.0.1"), at("1.0.0.2"), at("::1")};
    CHECK(net::interleaved(other) == net::tcp_addresses{at("1.0.0.1"), at("::1"), at("1.0.0.2")});
    CHECK(net::interleaved({at("1.0.0.1"), at("1.0.0.2")}) == net::tcp_addresses{at("1.0.0.1"), at("1.0.0.2")});
    CHECK(net::interleaved({}).empty());
}

TEST_CASE("dial: an address that does not answer does not cost the time of the next")
{
    asio::io_context io(1);
    const test::deaf_listener deaf(io, {asio::ip::address_v4::loopback(), 0});
    const tcp::acceptor good(io, {asio::ip::address_v4::loopback(), 0});
    outcome got;
    test::run(io, connect_into({deaf.listener.local_endpoint(), good.local_endpoint()}, 60s, got));
    CHECK(got.failure == error_code());
    CHECK(got.winner == good.local_endpoint());
    CHECK(got.took >= 250ms);  // the first one had its head start
}

TEST_CASE("dial: an address that refuses lets the next one begin at once")
{
    asio::io_context io(1);
    const tcp::acceptor good(io, {asio::ip::address_v4::loopback(), 0});
    const test::refusing_port refusing(io);
    net::tcp_addresses many(40, refusing.endpoint());
    many.push_back(good.local_endpoint());
    outcome got;
    test::run(io, connect_into(std::move(many), 8s, got));  // 40 head starts would be ten seconds
    CHECK(got.winner == good.local_endpoint());
}

TEST_CASE("dial: with no address that answers, the limit holds for all of them together")
{
    asio::io_context io(1);
    const test::deaf_listener deaf(io, {asio::ip::address_v4::loopback(), 0});
    outcome got;
    net::tcp_addresses many(40, deaf.listener.local_endpoint());
    test::run(io, connect_into(std::move(many), 400ms, got));
    CHECK(got.failure == asio::error::timed_out);
}

TEST_CASE("dial: without any address there is an error")
{
    asio::io_context io(1);
    outcome got;
    test::run(io, connect_into({}, 1s, got));
    CHECK(got.failure == asio::error::host_not_found);
}

TEST_CASE("dial: a name whose look-up takes too long is a timeout, its late answer is ignored")
{
    asio::io_context io(1);
    test::run(io, held_too_long(io));
}

TEST_CASE("dial: a stop does not wait for a look-up, and those who ask for the same name share one")
{
    asio::io_context io(1);
    test::run(io, stopped_in_the_lookup(io));
    CHECK(held_lookups == 1);
}
