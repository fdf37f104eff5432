#include "support/loopback_moment.hpp"
#include "support/loopback_sender.hpp"
#include "support/refusing_port.hpp"
#include "support/run.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <openssl/ssl.h>

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

asio::awaitable<void> refuse(test::loopback_server& server, int& tries, int enough)
{
    while (tries < enough)
    {
        const auto end = co_await server.accept();
        ++tries;
        end->close();
    }
}

/// In TLS 1.3 our handshake is over before the server has looked at our certificate.
asio::awaitable<void> certificate_refused(asio::io_context& io, const test::loopback_site& site, std::size_t bytes)
{
    test::server_rules rules;
    rules.client_authority = test::test_authority("somebody else").certificate();
    rules.lowest = TLS1_3_VERSION;
    test::loopback_server server(io, site.server(), rules);
    test::hasty_clock time(20ms);
    test::loopback_sending sending(io, time, test::options_for(server, site.client()), 32 << 20);
    [[maybe_unused]] const auto at = co_await sending.push(std::string(bytes, 'x') + '\n');
    int tries = 0;
    task_group servers(io.get_executor());
    servers.spawn("server", refuse(server, tries, 4));
    co_await servers.join();
    const std::function<bool()> warned = [&sending] { return sending.log.count("alert unknown ca") >= 2; };
    const bool in_words = co_await test::until(warned);
    INFO(sending.log.text());
    CHECK(in_words);
    CHECK(sending.log.count("`cert` of this output has to be a certificate of the Devo domain") >= 2);
    CHECK(time.slept() >= 3500ms);  // 0.5 + 1 + 2: it backs off
    CHECK(sending.box.confirmed() == 0);
    CHECK(sending.counts().confirmations == 0);
    co_await sending.stop();
}

asio::awaitable<void> nobody_there_at_first(asio::io_context& io)
{
    const test::refusing_port taken(io);
    auto options = test::options_for(test::loopback_server(io), nullptr);
    options.to.port = taken.text();
    test::hasty_clock time(10ms);
    test::loopback_sending sending(io, time, std::move(options));
    co_await push_lines(sending, 0, 3);
    sending.box.want_confirmed();
    const std::function<bool()> refused = [&sending] { return sending.counts().failures >= 3; };
    const bool tried = co_await test::until(refused);
    CHECK(tried);
    CHECK_FALSE(sending.counts().connected);
    CHECK(sending.log.count("Connection refused") >= 3);
    CHECK(sending.log.count("nothing is lost") >= 3);

    test::loopback_server server(io, taken.endpoint().port());
    const auto end = co_await server.accept();
    const auto got = co_await end->read_to_end();
    CHECK(got == "0\n1\n2\n");
    CHECK(sending.counts().connected);
    CHECK(sending.log.count(" is connected again, after ") == 1);
    end->close();
    co_await sending.all_confirmed();
    CHECK(sending.counts().resent_events == 0);
    co_await sending.stop();
}

asio::awaitable<void> until_connected(const test::loopback_sending& sending, bool wanted = true)
{
    const std::function<bool()> so = [&sending, wanted] { return sending.counts().connected == wanted; };
    const bool in_time = co_await test::until(so);
    CHECK(in_time);
}

/// A balancer drops what is idle: with everything confirmed that is no fault.
asio::awaitable<void> idle_drop(asio::io_context& io, const test::loopback_site& site, net::confirmed_by how)
{
    test::loopback_server server(io, site.server());
    test::hasty_clock time(60s);
    auto options = test::options_for(server, site.client());
    options.confirm = how;
    test::loopback_sending sending(io, time, std::move(options));
    for (int i = 0; i < 3; ++i)
    {
        co_await push_lines(sending, i, i + 1);
        const auto end = co_await server.accept();
        const auto got = co_await end->read_line();
        CHECK(got == std::to_string(i) + '\n');
        co_await sending.all_confirmed();
        end->close_in_order();
        co_await until_connected(sending, false);
    }
    co_await test::turn();
    CHECK(sending.counts().failures == 0);
    CHECK(sending.log.records.empty());
    co_await sending.stop();
}

asio::awaitable<void> connected_before_the_first_event(asio::io_context& io, const test::loopback_site& site)
{
    test::loopback_server server(io, site.server());
    const auto time = net::make_system_clock();
    test::loopback_sending sending(io, *time, test::options_for(server, site.client()));
    const auto end = co_await server.accept();
    co_await until_connected(sending);
    CHECK(sending.box.pushed() == 0);
    co_await push_lines(sending, 0, 1);
    const auto got = co_await end->read_line();
    CHECK(got == "0\n");
    CHECK(sending.counts().connections == 1);
    co_await sending.stop();
}

/// Nothing went on it, so nothing is lost with it.
asio::awaitable<void> dropped_before_the_first_event(asio::io_context& io, const test::loopback_site& site)
{
    test::loopback_server server(io, site.server());
    const auto time = net::make_system_clock();
    test::loopback_sending sending(io, *time, test::options_for(server, site.client()));
    {
        const auto unused = co_await server.accept();
        co_await until_connected(sending);
        unused->close_in_order();
    }
    co_await until_connected(sending, false);
    co_await push_lines(sending, 0, 1);
    const auto end = co_await server.accept();
    const auto got = co_await end->read_line();
    CHECK(got == "0\n");
    CHECK(sending.counts().failures == 0);
    CHECK(sending.log.records.empty());
    co_await sending.stop();
}

/// After a fault and a success the next fault begins with the shortest wait again.
asio::awaitable<void>
success_ends_the_backoff(asio::io_context& io, const test::loopback_site& site, net::confirmed_by how)
{
    test::loopback_server server(io, site.server());
    test::hasty_clock time(5ms);
    auto options = test::options_for(server, site.client());
    options.confirm = how;
    options.confirm_after = 3600s;
    test::loopback_sending sending(io, time, std::move(options));
    for (int i = 0; i < 4; ++i)
    {
        co_await push_lines(sending, i, i + 1);
        const auto end = co_await server.accept();
        const auto got = co_await end->read_line();
        CHECK(got == std::to_string(i) + '\n');
        co_await sending.all_confirmed();
        end->reset();
        const auto failures = static_cast<std::uint64_t>(i) + 1;
        const std::function<bool()> noticed = [&sending, failures] { return sending.counts().failures == failures; };
        const bool lost = co_await test::until(noticed);
        CHECK(lost);
    }
    CHECK(sending.log.count("was lost") == 4);
    CHECK(sending.log.count("0 events") == 4);
    CHECK(sending.log.count(" confirms again, after ") == 3);
    co_await push_lines(sending, 4, 5);
    const auto end = co_await server.accept();
    // Three waits of half a second and one more: never doubled.
    CHECK(sending.counts().failures == 4);
    co_await sending.stop();
}

/// Real time in which the pauses of a back-off are over at once, or never: they are the only waits of half a second to two
/// minutes where every limit is an hour.
class pause_clock final : public time_source
{
public:
    time_point now() const override { return real_->now(); }

    utc_time utc_now() const override { return real_->utc_now(); }

    asio::awaitable<void> sleep_until(time_point deadline) override
    {
        const auto span = deadline - now();
        if (span < 400ms || span > 2min)
            return real_->sleep_until(deadline);
        return real_->sleep_until(endless ? now() + 1h : now());
    }

    bool endless{false};

private:
    std::unique_ptr<time_source> real_{net::make_system_clock()};
};

/// After five failures `first` has read everything, and owes its end; another event waits.
asio::awaitable<void> fail_and_send(
    test::loopback_server& server,
    test::loopback_sending& sending,
    pause_clock& time,
    std::unique_ptr<test::loopback_end>& first
)
{
    co_await push_lines(sending, 0, 1);
    for (int i = 0; i < 5; ++i)
    {
        const auto broken = co_await server.accept();
        const auto got = co_await broken->read_line();
        CHECK(got == "0\n");
        broken->reset();
    }
    sending.box.want_confirmed();
    first = co_await server.accept();
    time.endless = true;
    const auto got = co_await first->read_to_end();
    CHECK(got == "0\n");
    co_await push_lines(sending, 1, 2);
    for (int i = 0; i < 10; ++i)
        co_await test::turn();
    CHECK(sending.counts().confirmations == 0);
}

/// What waits while the first connection after an outage is being confirmed goes out as soon as it is.
asio::awaitable<void> first_success_ends_the_pause(asio::io_context& io, const test::loopback_site& site)
{
    test::loopback_server server(io, site.server());
    pause_clock time;
    auto options = test::options_for(server, site.client());
    options.confirm_after = 3600s;
    test::loopback_sending sending(io, time, std::move(options));
    std::unique_ptr<test::loopback_end> first;
    co_await fail_and_send(server, sending, time, first);
    first->close_in_order();
    const auto second = co_await server.accept();
    const auto next = co_await second->read_line();
    CHECK(next == "1\n");
    CHECK(sending.counts().confirmations == 1);
    co_await sending.stop();
}

/// The pause itself can be stopped too.
asio::awaitable<void> stopped_in_the_pause(asio::io_context& io, const test::loopback_site& site)
{
    test::loopback_server server(io, site.server());
    pause_clock time;
    auto options = test::options_for(server, site.client());
    options.confirm_after = 3600s;
    test::loopback_sending sending(io, time, std::move(options));
    std::unique_ptr<test::loopback_end> first;
    co_await fail_and_send(server, sending, time, first);
    co_await sending.stop();
    CHECK(sending.box.held_bytes() == 4);
}

asio::awaitable<void> stopped_while_connecting(asio::io_context& io, const test::loopback_site& site)
{
    test::loopback_server silent(io);
    const auto time = net::make_system_clock();
    test::loopback_sending sending(io, *time, test::options_for(silent, site.client()));
    co_await push_lines(sending, 0, 1);
    const auto end = co_await silent.accept();
    const auto hello = co_await end->read_some();
    CHECK(!hello.empty());
    co_await sending.stop();
    CHECK(sending.log.records.empty());
    CHECK(sending.counts().failures == 0);
}

asio::awaitable<void> stopped_before_the_first_event(asio::io_context& io, const test::loopback_site& site)
{
    test::loopback_server server(io, site.server());
    const auto time = net::make_system_clock();
    test::loopback_sending sending(io, *time, test::options_for(server, site.client()));
    const auto end = co_await server.accept();
    co_await until_connected(sending);
    co_await sending.stop();
    const auto got = co_await end->read_to_end();
    CHECK(got.empty());
    CHECK(end->saw_close_notify());
    CHECK(sending.log.records.empty());
    CHECK(sending.counts().failures == 0);
}

asio::awaitable<void> stopped_while_sending(asio::io_context& io, const test::loopback_site* site)
{
    auto server = site == nullptr ? std::make_unique<test::loopback_server>(io)
                                  : std::make_unique<test::loopback_server>(io, site->server());
    const auto time = net::make_system_clock();
    const auto tls = site == nullptr ? nullptr : site->client();
    test::loopback_sending sending(io, *time, test::options_for(*server, tls), 32 << 20);
    [[maybe_unused]] const auto at = co_await sending.push(std::string(16 << 20, 'x') + '\n');
    const auto end = co_await server->accept();
    const auto some = co_await end->read_some();
    CHECK(!some.empty());
    co_await sending.stop();
    CHECK(sending.log.records.empty());
    CHECK(sending.box.held_bytes() != 0);
}

asio::awaitable<void> stopped_while_confirming(asio::io_context& io, const test::loopback_site* site)
{
    auto server = site == nullptr ? std::make_unique<test::loopback_server>(io)
                                  : std::make_unique<test::loopback_server>(io, site->server());
    const auto time = net::make_system_clock();
    const auto tls = site == nullptr ? nullptr : site->client();
    test::loopback_sending sending(io, *time, test::options_for(*server, tls));
    co_await push_lines(sending, 0, 1);
    sending.box.want_confirmed();
    const auto end = co_await server->accept();
    const auto got = co_await end->read_to_end();
    CHECK(got == "0\n");
    co_await sending.stop();
    CHECK(sending.log.records.empty());
    CHECK(sending.box.held_bytes() == 2);
}

}  // namespace

TEST_CASE("sender: a peer that refuses our certificate is told in words and not run over")
{
    const test::loopback_site site;
    for (const std::size_t bytes : {10U, 100'000U, 8'000'000U})
    {
        asio::io_context io(1);
        test::run(io, certificate_refused(io, site, bytes));
    }
}

TEST_CASE("sender: events wait for a peer that is not there yet")
{
    asio::io_context io(1);
    test::run(io, nobody_there_at_first(io));
}

TEST_CASE("sender: an idle connection that the peer drops is no fault when all it carried is confirmed")
{
    const test::loopback_site site;
    for (const auto how : {net::confirmed_by::acknowledged, net::confirmed_by::nothing})
    {
        asio::io_context io(1);
        test::run(io, idle_drop(io, site, how));
    }
}

TEST_CASE("sender: the first connection is there before the first event")
{
    const test::loopback_site site;
    asio::io_context io(1);
    test::run(io, connected_before_the_first_event(io, site));
}

TEST_CASE("sender: a connection that the peer drops before anything went on it is no fault")
{
    const test::loopback_site site;
    asio::io_context io(1);
    test::run(io, dropped_before_the_first_event(io, site));
}

TEST_CASE("sender: with confirm tcp and none a success ends the back-off too")
{
    const test::loopback_site site;
    for (const auto how : {net::confirmed_by::acknowledged, net::confirmed_by::nothing})
    {
        asio::io_context io(1);
        test::run(io, success_ends_the_backoff(io, site, how));
    }
}

TEST_CASE("sender: the first confirmation after an outage ends a pause that has begun before it")
{
    const test::loopback_site site;
    asio::io_context io(1);
    test::run(io, first_success_ends_the_pause(io, site));
    test::run(io, stopped_in_the_pause(io, site));
}

TEST_CASE("sender: a stop ends it at once, in every phase, without a word in the log")
{
    const test::loopback_site site;
    {
        asio::io_context io(1);
        test::run(io, stopped_while_connecting(io, site));
        test::run(io, stopped_before_the_first_event(io, site));
    }
    for (const auto* const tls : {&site, static_cast<const test::loopback_site*>(nullptr)})
    {
        asio::io_context io(1);
        test::run(io, stopped_while_sending(io, tls));
        test::run(io, stopped_while_confirming(io, tls));
    }
}
