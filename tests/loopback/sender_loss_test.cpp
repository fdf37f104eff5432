#include "support/loopback_moment.hpp"
#include "support/loopback_sender.hpp"
#include "support/run.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <doctest/doctest.h>

using namespace qdc;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace
{

asio::awaitable<void> push_lines(test::loopback_sending& sending, int from, int to)
{
    for (int i = from; i < to; ++i)
        [[maybe_unused]] const auto at = co_await sending.push(std::to_string(i) + '\n');
}

/// Takes the rest in order and checks that lines 0 to `count` have all come, in `got` or now.
asio::awaitable<void>
take_the_rest(test::loopback_server& server, test::loopback_sending& sending, std::string got, int count)
{
    sending.box.want_confirmed();
    const auto end = co_await server.accept();
    got += '\n' + co_await end->read_to_end();
    end->close_in_order();
    co_await sending.all_confirmed();
    for (int i = 0; i < count; ++i)
        CHECK_MESSAGE(('\n' + got).find('\n' + std::to_string(i) + '\n') != std::string::npos, i);
}

asio::awaitable<void> reset_after(asio::io_context& io, const test::loopback_site& site, std::size_t bytes)
{
    test::loopback_server server(io, site.server());
    test::hasty_clock time(5ms);
    test::loopback_sending sending(io, time, test::options_for(server, site.client()));
    co_await push_lines(sending, 0, 10);
    const auto cut = co_await server.accept();
    const auto lost = co_await cut->read_exactly(bytes);
    cut->reset();
    co_await take_the_rest(server, sending, "", 10);  // nothing of the first connection counts
    CHECK(sending.counts().failures == 1);
    CHECK(sending.log.count("was lost while") == 1);
    co_await sending.stop();
}

/// The experiment in which a well-known client reports six events as sent and one arrives.
asio::awaitable<void> closes_after_the_first(asio::io_context& io, const test::loopback_site& site)
{
    test::loopback_server server(io, site.server());
    test::hasty_clock time(5ms);
    test::loopback_sending sending(io, time, test::options_for(server, site.client()));
    co_await push_lines(sending, 0, 6);
    sending.box.want_confirmed();
    const auto early = co_await server.accept();
    const auto first = co_await early->read_line();
    CHECK(first == "0\n");
    early->close_in_order();
    co_await take_the_rest(server, sending, "", 6);
    co_await sending.stop();
}

asio::awaitable<void> ends_just_before_us(asio::io_context& io, const test::loopback_site& site, bool with_fin)
{
    test::loopback_server server(io, site.server());
    test::hasty_clock time(5ms);
    test::loopback_sending sending(io, time, test::options_for(server, site.client()));
    co_await push_lines(sending, 0, 1);
    const auto early = co_await server.accept();
    const auto first = co_await early->read_line();
    CHECK(first == "0\n");
    co_await push_lines(sending, 1, 6);
    const std::function<bool()> all_sent = [&sending] { return sending.counts().sent_events == 6; };
    const bool sent = co_await test::until(all_sent);
    CHECK(sent);
    // In one turn of the loop: the server's end is in our kernel, unread, when ours goes out.
    early->end_tls();
    if (with_fin)
        early->end_tcp();
    sending.box.want_confirmed();
    const std::function<bool()> noticed = [&sending]
    { return sending.counts().confirmations + sending.counts().failures != 0; };
    [[maybe_unused]] const bool decided = co_await test::until(noticed, 100ms);
    CHECK(sending.counts().confirmations == 0);
    early->close();  // five events are unread: a reset
    const bool lost = co_await test::until(noticed);
    CHECK(lost);
    CHECK(sending.counts().confirmations == 0);
    co_await take_the_rest(server, sending, first, 6);
    co_await sending.stop();
}

/// Everything is acknowledged by the peer's kernel, but its program never reads it.
asio::awaitable<void> closes_with_unread(asio::io_context& io, const test::loopback_site& site)
{
    test::loopback_server server(io, site.server());
    test::hasty_clock time(5ms);
    test::loopback_sending sending(io, time, test::options_for(server, site.client()));
    co_await push_lines(sending, 0, 6);
    sending.box.want_confirmed();
    const auto early = co_await server.accept();
    co_await early->wait_for_fin();
    early->close_in_order();
    co_await take_the_rest(server, sending, "", 6);
    CHECK(sending.counts().failures == 1);
    CHECK(sending.counts().confirmations == 1);
    co_await sending.stop();
}

asio::awaitable<void> lost_while_the_next_sends(asio::io_context& io, const test::loopback_site& site)
{
    test::loopback_server server(io, site.server());
    test::hasty_clock time(2s);
    test::loopback_sending sending(io, time, test::options_for(server, site.client()), 32 << 20);
    co_await push_lines(sending, 0, 3);
    sending.box.want_confirmed();
    const auto one = co_await server.accept();
    const auto first = co_await one->read_to_end();
    CHECK(first == "0\n1\n2\n");
    // A batch so large that the next connection is still at it when the first is lost.
    std::string large(14 << 20, 'x');
    large += "\n3\n";
    [[maybe_unused]] const auto at = co_await sending.push(std::move(large));
    const auto two = co_await server.accept();
    auto second = co_await two->read_some();
    CHECK(second.starts_with("xxx"));
    one->reset();
    const std::function<bool()> noticed = [&sending] { return sending.counts().failures == 1; };
    const bool lost = co_await test::until(noticed);
    CHECK(lost);
    sending.box.want_confirmed();
    second += co_await two->read_to_end();
    two->close_in_order();
    second.erase(0, second.find('\n'));
    CHECK(second.substr(0, 20) == "\n3\n");
    // The large batch was all that a first connection may carry.
    const auto three = co_await server.accept();
    const auto third = co_await three->read_to_end();
    CHECK(third == "0\n1\n2\n");
    three->close_in_order();
    co_await sending.all_confirmed();
    co_await sending.stop();
}

}  // namespace

TEST_CASE("sender: after a reset at any byte everything unconfirmed comes again")
{
    const test::loopback_site site;
    for (std::size_t bytes = 0; bytes <= 20; bytes += 4)
    {
        asio::io_context io(1);
        test::run(io, reset_after(io, site, bytes));
    }
}

TEST_CASE("sender: six events back to back all arrive at a server that closes after the first")
{
    const test::loopback_site site;
    for (int i = 0; i < 10; ++i)
    {
        asio::io_context io(1);
        test::run(io, closes_after_the_first(io, site));
    }
}

TEST_CASE("sender: an end of the peer that was on its way before ours confirms nothing")
{
    const test::loopback_site site;
    for (const bool with_fin : {false, true})
    {
        asio::io_context io(1);
        test::run(io, ends_just_before_us(io, site, with_fin));
    }
}

TEST_CASE("sender: a peer that closes with unread data confirms nothing")
{
    const test::loopback_site site;
    for (int i = 0; i < 10; ++i)
    {
        asio::io_context io(1);
        test::run(io, closes_with_unread(io, site));
    }
}

TEST_CASE("sender: what a connection loses while the next one writes is not taken for written")
{
    const test::loopback_site site;
    asio::io_context io(1);
    test::run(io, lost_while_the_next_sends(io, site));
}
