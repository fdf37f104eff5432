//  The race (RFC 8305): each attempt gets a head start of 250 ms, or less when it fails at once.
//
//   ms           0                250       300                   550
//   2001:db8::1  SYN ─────────────────────── no answer ─────────── stopped: another one has won
//   192.0.2.1                     SYN ──── refused: the next one begins now
//   2001:db8::2                             SYN ──────── answers ▶ wins

#include "net/connect.hpp"

#include "base/number.hpp"
#include "flow/task_group.hpp"
#include "net/name_lookup.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

namespace qdc::net
{

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;

namespace
{

using steady = std::chrono::steady_clock;

/// What RFC 8305 recommends (section 8, "Connection Attempt Delay").
constexpr auto head_start = 250ms;

steady::time_point end_of(connection::limit within)
{
    return within == connection::forever ? steady::time_point::max() : steady::now() + within;
}

/// The order in which they are tried. What failed lately is no part of the race while there is anything else.
tcp_addresses in_turn(const name_answer& known, std::uint16_t port)
{
    // Example: A B C D with failed_lately 1 and D failed. A, B and C are interleaved, D comes behind them.
    tcp_addresses healthy;
    for (const auto& address : known.addresses)
        healthy.emplace_back(address, port);
    const auto sick = healthy.end() - static_cast<std::ptrdiff_t>(known.failed_lately);
    const tcp_addresses last(sick, healthy.end());
    healthy.erase(sick, healthy.end());
    auto all = interleaved(healthy);
    all.insert(all.end(), last.begin(), last.end());
    return all;
}

/// Attempts at several addresses, of which one wins.
struct race
{
    race(const asio::any_io_executor& ex, tcp_addresses runners, connection::limit within)
        : addresses(std::move(runners)),
          deadline(end_of(within)),
          next(ex),
          attempts(ex)
    {
    }

    tcp_addresses addresses;
    steady::time_point deadline;
    connect_outcome outcome{{}, {}, {}, asio::error::host_not_found};
    asio::steady_timer next;  ///< when the next attempt begins; cancelling it begins it now
    task_group attempts;
};

/// Connects to one address and notes the outcome in the race.
asio::awaitable<void> attempt(race& all, tcp::endpoint to)
{
    const auto ex = co_await asio::this_coro::executor;
    tcp_socket socket(ex);
    socket.expires_at(all.deadline);
    const auto [failure] = co_await socket.async_connect(to, no_throw);
    if (failure)
    {
        all.outcome.failure = plain_error(failure);
        // Stopped is not failed: somebody else won.
        if (failure != asio::error::operation_aborted)
            all.outcome.failed.push_back({to, all.outcome.failure});
        // Begins the next attempt now instead of at the end of its head start.
        all.next.cancel();
    }
    // The first socket wins; one that connects in the same moment is closed here.
    else if (!all.outcome.socket)
    {
        all.outcome.socket.emplace(std::move(socket));
        all.outcome.address = to;
        all.attempts.stop();
    }
}

/// Starts one attempt after the other; a winner stops it like the attempts.
asio::awaitable<void> start_attempts(race& all)
{
    for (const auto& to : all.addresses)
    {
        all.attempts.spawn("attempt", attempt(all, to));
        all.next.expires_after(head_start);
        // The pause ends early when an attempt fails: that is no stop, so the loop goes on.
        [[maybe_unused]] const auto waited = co_await all.next.async_wait(no_throw);
        const auto stop = co_await asio::this_coro::cancellation_state;
        if (stop.cancelled() != asio::cancellation_type::none || steady::now() >= all.deadline)
            co_return;
    }
}

}  // namespace

asio::awaitable<result<tcp_addresses>> resolve(peer peer, connection::limit within)
{
    const auto port = number_in<std::uint16_t>(peer.port);
    if (!port)
        co_return error_code(asio::error::service_not_found);
    // An address needs no look-up.
    error_code no_address;
    const auto literal = asio::ip::make_address(peer.host, no_address);
    if (!no_address)
        co_return tcp_addresses{tcp::endpoint(literal, *port)};

    const auto ex = co_await asio::this_coro::executor;
    auto& names = asio::use_service<name_lookup>(asio::query(ex, asio::execution::context));
    const auto found = co_await names.find(peer.host, within);
    // That name is the loopback everywhere (RFC 6761, section 6.3), also where nobody wrote it into /etc/hosts.
    if (!found && found.error() != asio::error::operation_aborted && peer.name() == "localhost")
        co_return tcp_addresses{tcp::endpoint(asio::ip::address_v4::loopback(), *port)};
    if (!found)
        co_return found.error();
    co_return in_turn(*found, *port);
}

tcp_addresses interleaved(const tcp_addresses& addresses)
{
    const auto first = addresses.empty() ? tcp::v4() : addresses.front().protocol();
    tcp_addresses made;
    auto one = addresses.begin();
    auto other = addresses.begin();
    const auto of_first = [first](const tcp::endpoint& address) { return address.protocol() == first; };
    // Two walks over the list, one per family: 6a 6b 4a 4b 4c becomes 6a 4a 6b 4b 4c.
    while (made.size() < addresses.size())
    {
        one = std::find_if(one, addresses.end(), of_first);
        if (one != addresses.end())
            made.push_back(*one++);
        other = std::find_if_not(other, addresses.end(), of_first);
        if (other != addresses.end())
            made.push_back(*other++);
    }
    return made;
}

asio::awaitable<connect_outcome> connect_any(tcp_addresses addresses, connection::limit within)
{
    const auto ex = co_await asio::this_coro::executor;
    race all(ex, std::move(addresses), within);
    all.attempts.spawn("start", start_attempts(all));
    co_await all.attempts.join();
    co_return std::move(all.outcome);
}

}  // namespace qdc::net
