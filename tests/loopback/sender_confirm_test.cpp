#include "support/loopback_moment.hpp"
#include "support/loopback_sender.hpp"
#include "support/run.hpp"

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

asio::awaitable<void> orderly_end(asio::io_context& io, const test::loopback_site* site)
{
    auto server = site == nullptr ? std::make_unique<test::loopback_server>(io)
                                  : std::make_unique<test::loopback_server>(io, site->server());
    const auto time = net::make_system_clock();
    const auto tls = site == nullptr ? nullptr : site->client();
    test::loopback_sending sending(io, *time, test::options_for(*server, tls));
    co_await push_lines(sending, 0, 2);
    sending.box.want_confirmed();
    const auto end = co_await server->accept();
    const auto got = co_await end->read_to_end();
    CHECK(got == "0\n1\n");
    co_await test::turn();
    CHECK(sending.box.confirmed() == 0);  // the server has not ended its side yet
    end->close_in_order();
    co_await sending.all_confirmed();
    CHECK(sending.box.held_bytes() == 0);
    CHECK(sending.counts().confirmations == 1);
    CHECK(sending.counts().sent_events == 2);
    CHECK(sending.counts().resent_events == 0);
    CHECK(sending.counts().failures == 0);
    CHECK(sending.log.records.empty());
    co_await sending.stop();
}

asio::awaitable<void> fin_alone(asio::io_context& io, const test::loopback_site& site)
{
    test::loopback_server server(io, site.server());
    const auto time = net::make_system_clock();
    test::loopback_sending sending(io, *time, test::options_for(server, site.client()));
    co_await push_lines(sending, 0, 1);
    sending.box.want_confirmed();
    const auto end = co_await server.accept();
    const auto got = co_await end->read_to_end();
    CHECK(got == "0\n");
    end->close();
    co_await sending.all_confirmed();
    CHECK(sending.counts().failures == 0);
    co_await sending.stop();
}

/// A server that keeps its socket after close_notify: either close_notify or FIN is an end.
asio::awaitable<void> close_notify_alone(asio::io_context& io, const test::loopback_site& site)
{
    test::loopback_server server(io, site.server());
    const auto time = net::make_system_clock();
    test::loopback_sending sending(io, *time, test::options_for(server, site.client()));
    co_await push_lines(sending, 0, 1);
    sending.box.want_confirmed();
    const auto end = co_await server.accept();
    const auto got = co_await end->read_to_end();
    CHECK(got == "0\n");
    end->end_tls();
    co_await sending.all_confirmed();
    CHECK(sending.counts().failures == 0);
    co_await sending.stop();
}

asio::awaitable<void> never_answered(asio::io_context& io, const test::loopback_site& site)
{
    test::loopback_server server(io, site.server());
    test::hasty_clock time(100ms);
    auto options = test::options_for(server, site.client());
    options.confirm_timeout = 10s;
    test::loopback_sending sending(io, time, std::move(options));
    co_await push_lines(sending, 0, 2);
    sending.box.want_confirmed();
    const auto mute = co_await server.accept();
    const auto first = co_await mute->read_to_end();
    CHECK(first == "0\n1\n");
    const auto end = co_await server.accept();
    const auto again = co_await end->read_to_end();
    CHECK(again == "0\n1\n");
    end->close_in_order();
    co_await sending.all_confirmed();
    CHECK(sending.counts().resent_events == 2);
    CHECK(sending.counts().failures == 1);
    CHECK(sending.log.count("the peer did not answer the orderly close") == 1);
    CHECK(sending.log.count("`confirm: tcp`") == 1);
    co_await sending.stop();
}

/// The second connection takes new data while the first waits for its confirmation; a third waits for one of them.
asio::awaitable<void> overlaps(asio::io_context& io, const test::loopback_site& site)
{
    test::loopback_server server(io, site.server());
    const auto time = net::make_system_clock();
    test::loopback_sending sending(io, *time, test::options_for(server, site.client()));
    co_await push_lines(sending, 0, 1);
    sending.box.want_confirmed();
    const auto one = co_await server.accept();
    const auto first = co_await one->read_to_end();
    CHECK(first == "0\n");

    co_await push_lines(sending, 1, 2);
    const auto two = co_await server.accept();
    const auto second = co_await two->read_line();
    CHECK(second == "1\n");
    CHECK(sending.box.confirmed() == 0);
    sending.box.want_confirmed();
    const auto rest = co_await two->read_to_end();
    CHECK(rest.empty());

    co_await push_lines(sending, 2, 3);
    const std::function<bool()> a_third = [&sending] { return sending.counts().connections == 3; };
    const bool too_many = co_await test::until(a_third, 30ms);
    CHECK_FALSE(too_many);

    two->close_in_order();  // out of order: the first is still open
    const auto three = co_await server.accept();
    CHECK(sending.box.confirmed() == 0);
    const auto third = co_await three->read_line();
    CHECK(third == "2\n");
    one->close_in_order();
    const auto until_there = co_await sending.box.confirmed_beyond(0);
    CHECK(until_there == 2);
    co_await sending.stop();
}

/// A quiet stream is confirmed when its oldest batch is old enough.
asio::awaitable<void> by_age(asio::io_context& io, const test::loopback_site& site)
{
    test::loopback_server server(io, site.server());
    test::hasty_clock time(60s);
    auto options = test::options_for(server, site.client());
    options.confirm_after = 1s;
    test::loopback_sending sending(io, time, std::move(options));
    co_await push_lines(sending, 0, 1);
    const auto end = co_await server.accept();
    const auto got = co_await end->read_to_end();
    CHECK(got == "0\n");
    end->close_in_order();
    const auto seen = co_await sending.box.confirmed_beyond(0);
    CHECK(seen == 1);
    co_await sending.stop();
}

asio::awaitable<void> by_kernel(asio::io_context& io, const test::loopback_site& site, net::confirmed_by how)
{
    test::loopback_server server(io, site.server());
    const auto time = net::make_system_clock();
    auto options = test::options_for(server, site.client());
    options.confirm = how;
    test::loopback_sending sending(io, *time, std::move(options));
    co_await push_lines(sending, 0, 3);
    const auto end = co_await server.accept();
    const auto first = co_await end->read_exactly(6);
    CHECK(first == "0\n1\n2\n");
    co_await sending.all_confirmed();
    co_await push_lines(sending, 3, 4);
    const auto second = co_await end->read_line();
    CHECK(second == "3\n");
    co_await sending.all_confirmed();
    CHECK(sending.counts().connections == 1);
    CHECK(sending.counts().confirmations > 0);
    CHECK(sending.counts().failures == 0);
    co_await sending.stop();
}

/// A reload: another sender takes over, and its report.
asio::awaitable<void> takes_over(asio::io_context& io, const test::loopback_site& site, output_report& report)
{
    test::loopback_server server(io, site.server());
    const auto time = net::make_system_clock();
    test::loopback_sending sending(io, *time, test::options_for(server, site.client()), 1 << 20, &report);
    co_await push_lines(sending, 0, 2);
    sending.box.want_confirmed();
    const auto end = co_await server.accept();
    const auto got = co_await end->read_to_end();
    CHECK(got == "0\n1\n");
    end->close_in_order();
    co_await sending.all_confirmed();
    co_await sending.stop();
}

asio::awaitable<void> ages(asio::io_context& io, const test::loopback_site& site, net::confirmed_by how)
{
    test::loopback_server server(io, site.server());
    const auto time = net::make_system_clock();
    auto options = test::options_for(server, site.client());
    options.confirm = how;
    options.max_age = 0s;
    test::loopback_sending sending(io, *time, std::move(options));
    co_await push_lines(sending, 0, 1);
    const auto old = co_await server.accept();
    const auto first = co_await old->read_line();
    CHECK(first == "0\n");
    co_await sending.all_confirmed();
    co_await push_lines(sending, 1, 2);
    const auto young = co_await server.accept();
    const auto second = co_await young->read_line();
    CHECK(second == "1\n");
    co_await sending.all_confirmed();
    CHECK(sending.counts().connections == 2);
    CHECK(sending.counts().failures == 0);
    co_await sending.stop();
}

}  // namespace

TEST_CASE("sender: the peer's orderly end confirms, not before it and without a fault")
{
    const test::loopback_site site;
    for (const auto* const tls : {&site, static_cast<const test::loopback_site*>(nullptr)})
    {
        asio::io_context io(1);
        test::run(io, orderly_end(io, tls));
    }
}

TEST_CASE("sender: an end of stream without close_notify confirms")
{
    const test::loopback_site site;
    asio::io_context io(1);
    test::run(io, fin_alone(io, site));
}

TEST_CASE("sender: a peer that answers with close_notify and keeps its socket confirms")
{
    const test::loopback_site site;
    asio::io_context io(1);
    test::run(io, close_notify_alone(io, site));
}

TEST_CASE("sender: a peer that never answers the half-close confirms nothing, and the log shows the way out")
{
    const test::loopback_site site;
    asio::io_context io(1);
    test::run(io, never_answered(io, site));
}

TEST_CASE("sender: the next connection sends while the last is being confirmed, two at most")
{
    const test::loopback_site site;
    asio::io_context io(1);
    test::run(io, overlaps(io, site));
}

TEST_CASE("sender: what is old enough is confirmed without being asked for")
{
    const test::loopback_site site;
    asio::io_context io(1);
    test::run(io, by_age(io, site));
}

TEST_CASE("sender: confirm tcp and confirm none keep one connection")
{
    const test::loopback_site site;
    for (const auto how : {net::confirmed_by::acknowledged, net::confirmed_by::nothing})
    {
        asio::io_context io(1);
        test::run(io, by_kernel(io, site, how));
    }
}

TEST_CASE("sender: with confirm tcp or none a connection that is old enough is followed by another")
{
    const test::loopback_site site;
    for (const auto how : {net::confirmed_by::acknowledged, net::confirmed_by::nothing})
    {
        asio::io_context io(1);
        test::run(io, ages(io, site, how));
    }
}

TEST_CASE("sender: the counters of its report go on when another takes over")
{
    const test::loopback_site site;
    output_report report;
    for (std::uint64_t times = 1; times <= 3; ++times)
    {
        asio::io_context io(1);
        test::run(io, takes_over(io, site, report));
        CHECK(report.sent_events == 2 * times);
        CHECK(report.sent_bytes == 4 * times);
        CHECK(report.connections >= times);
        CHECK(report.confirmations == times);
    }
}
