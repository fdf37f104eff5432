#include "net/connect.hpp"

#include "flow/task_group.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <memory>
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

/// What the resolver's thread answers into. It may come back when the one who asked has gone.
struct lookup
{
    lookup(const asio::any_io_executor& ex, connection::limit within) : come(ex, end_of(within)) {}

    asio::steady_timer come;
    std::optional<error_code> outcome;
    tcp_addresses found;
};

asio::awaitable<result<tcp_addresses>> look_up(peer of, connection::limit within)
{
    const auto ex = co_await asio::this_coro::executor;
    const auto shared = std::make_shared<lookup>(ex, within);
    // It goes with us: a look-up that waits for the thread behind another one is then never made.
    tcp::resolver resolver(ex);
    auto answered = [shared](const error_code& ec, const tcp::resolver::results_type& results)
    {
        shared->outcome = ec;
        shared->found.assign(results.begin(), results.end());
        shared->come.cancel();
    };
    resolver.async_resolve(of.host, of.port, std::move(answered));
    const auto [ended] = co_await shared->come.async_wait(no_throw);
    if (!shared->outcome)
        co_return ended ? ended : error_code(asio::error::timed_out);
    if (*shared->outcome)
        co_return *shared->outcome;
    co_return std::move(shared->found);
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
    std::optional<tcp_socket> winner;
    error_code failure{asio::error::host_not_found};
    asio::steady_timer next;  ///< when the next attempt begins; cancelling it begins it now
    task_group attempts;
};

asio::awaitable<void> attempt(race& all, tcp::endpoint to)
{
    const auto ex = co_await asio::this_coro::executor;
    tcp_socket socket(ex);
    socket.expires_at(all.deadline);
    const auto [failure] = co_await socket.async_connect(to, no_throw);
    if (failure)
    {
        all.failure = plain_error(failure);
        all.next.cancel();
    }
    else if (!all.winner)
    {
        all.winner.emplace(std::move(socket));
        all.attempts.stop();
    }
}

asio::awaitable<void> start_attempts(race& all)
{
    for (const auto& to : all.addresses)
    {
        all.attempts.spawn("attempt", attempt(all, to));
        all.next.expires_after(head_start);
        [[maybe_unused]] const auto waited = co_await all.next.async_wait(no_throw);
        const auto stop = co_await asio::this_coro::cancellation_state;
        if (stop.cancelled() != asio::cancellation_type::none || steady::now() >= all.deadline)
            co_return;
    }
}

}  // namespace

asio::awaitable<result<tcp_addresses>> resolve(peer of, connection::limit within)
{
    auto found = co_await look_up(of, within);
    if (!found && found.error() != asio::error::operation_aborted && of.host == "localhost")
    {
        // That name is the loopback everywhere (RFC 6761, section 6.3), also where nobody wrote it into /etc/hosts.
        of.host = "127.0.0.1";
        found = co_await look_up(of, within);
    }
    co_return found;
}

tcp_addresses interleaved(const tcp_addresses& addresses)
{
    const auto first = addresses.empty() ? tcp::v4() : addresses.front().protocol();
    tcp_addresses made;
    auto one = addresses.begin();
    auto other = addresses.begin();
    const auto of_first = [first](const tcp::endpoint& at) { return at.protocol() == first; };
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

asio::awaitable<result<tcp_socket>> connect_any(tcp_addresses addresses, connection::limit within)
{
    const auto ex = co_await asio::this_coro::executor;
    race all(ex, std::move(addresses), within);
    all.attempts.spawn("start", start_attempts(all));
    co_await all.attempts.join();
    if (!all.winner)
        co_return result<tcp_socket>(boost::system::in_place_error, all.failure);
    co_return result<tcp_socket>(boost::system::in_place_value, std::move(*all.winner));
}

}  // namespace qdc::net
