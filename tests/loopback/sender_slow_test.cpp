#include "support/loopback_moment.hpp"
#include "support/loopback_sender.hpp"
#include "support/manual_clock.hpp"
#include "support/run.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <doctest/doctest.h>

#include <list>
#include <random>

using namespace qdc;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace
{

/// A receiver that reads so many bytes in each second of the test's clock, all connections together, and answers each
/// orderly end when it has read so far.
class slow_receiver
{
public:
    slow_receiver(asio::io_context& io, test::loopback_server& server)
        : server_(server),
          granted_(io.get_executor()),
          readers_(io.get_executor())
    {
        readers_.spawn("accept", accept());
    }

    void grant(double bytes)
    {
        budget_ = std::min(budget_ + bytes, bytes);  // what was not used is gone
        granted_.notify_all();
    }

    asio::awaitable<void> stop()
    {
        readers_.stop();
        co_await readers_.join();
    }

    std::string all() const
    {
        std::string together;
        for (const auto& one : received_)
            together += one;
        return together;
    }

private:
    asio::awaitable<void> accept()
    {
        for (;;)
        {
            auto end = co_await server_.accept();
            readers_.spawn("read", read(std::move(end), received_.emplace_back()));
        }
    }

    asio::awaitable<void> read(std::unique_ptr<test::loopback_end> end, std::string& into)
    {
        for (;;)
        {
            while (budget_ <= 0)
                co_await granted_.wait();
            const auto some = co_await end->read_some();
            if (some.empty())
                break;
            budget_ -= static_cast<double>(some.size());
            into += some;
        }
        end->close_in_order();
    }

    test::loopback_server& server_;
    double budget_{0};
    condition granted_;
    std::list<std::string> received_;
    task_group readers_;
};

struct slow_case
{
    double bytes_per_second{0};
    std::size_t bytes{0};
    net::confirmed_by confirm{net::confirmed_by::end_of_stream};
    std::optional<int> compress;
};

/// A tenth of a second for everybody: the clock moves only when nobody has anything to do.
asio::awaitable<void> tick(asio::steady_timer& real, test::manual_clock& time)
{
    time.advance(100ms);
    co_await test::turn();
    real.expires_after(1ms);
    co_await real.async_wait(asio::use_awaitable);
    co_await test::turn();
}

/// Letters that do not pack well, a number in front.
std::string line(int number, std::size_t size)
{
    static std::minstd_rand engine(7);
    std::string text = std::to_string(number) + ' ';
    while (text.size() < size - 1)
        text += static_cast<char>('!' + engine() % 90);
    return text + '\n';
}

asio::awaitable<void> push_all(test::loopback_sending& sending, std::size_t bytes, int& pushed)
{
    constexpr std::size_t batch_bytes = 100'000;
    for (std::size_t done = 0; done < bytes; done += batch_bytes)
        [[maybe_unused]] const auto at = co_await sending.push(line(pushed++, batch_bytes));
    sending.box.want_confirmed();
}

asio::awaitable<void> slow_is_no_fault(asio::io_context& io, const test::loopback_site& site, slow_case rules)
{
    test::loopback_server server(io, site.server());
    test::manual_clock time(io.get_executor());
    net::sender_options options;  // with its own limits: 30 s for bytes, 10 s for the end
    options.to = {"localhost", server.port()};
    options.tls = site.client();
    options.confirm = rules.confirm;
    options.compress = rules.compress;
    test::loopback_sending sending(io, time, std::move(options), 8 << 20);
    slow_receiver receiver(io, server);
    task_group producers(io.get_executor());
    int pushed = 0;
    producers.spawn("push", push_all(sending, rules.bytes, pushed));
    asio::steady_timer real(io.get_executor());
    ticket confirmed_in_between = 0;
    const int enough = 10 * static_cast<int>(20 + 3 * static_cast<double>(rules.bytes) / rules.bytes_per_second);
    for (int ticks = 0; ticks < enough && (producers.size() != 0 || sending.box.held_bytes() != 0); ++ticks)
    {
        receiver.grant(rules.bytes_per_second / 10);
        co_await tick(real, time);
        if (sending.box.held_bytes() != 0)
            confirmed_in_between = sending.box.confirmed();
    }
    INFO(sending.log.text());
    CHECK(producers.size() == 0);
    CHECK(sending.box.held_bytes() == 0);
    CHECK(confirmed_in_between > 0);
    CHECK(sending.counts().failures == 0);
    CHECK(sending.counts().resent_events == 0);
    CHECK(sending.log.records.empty());
    // By the kernel's word it may be confirmed before it is read.
    for (int ticks = 0; ticks < enough && std::ranges::count(receiver.all(), '\n') < pushed; ++ticks)
    {
        receiver.grant(rules.bytes_per_second / 10);
        co_await tick(real, time);
    }
    co_await sending.stop();
    co_await receiver.stop();
    if (rules.compress)
        co_return;
    const auto got = receiver.all();
    for (int i = 0; i < pushed; ++i)
    {
        const auto start = (i == 0 ? "" : "\n") + std::to_string(i) + ' ';
        const bool first_line = got.starts_with(std::to_string(i) + ' ');
        CHECK_MESSAGE((first_line || got.find(start) != std::string::npos), i);
    }
    CHECK(std::ranges::count(got, '\n') == pushed);
}

/// Ends a connection that carries one line; the peer has read it and its end is not answered yet.
struct waiting_for_the_end
{
    test::loopback_server server;
    test::manual_clock time;
    test::loopback_sending sending;
    std::unique_ptr<test::loopback_end> theirs;

    waiting_for_the_end(asio::io_context& io, const test::loopback_site& site)
        : server(io, site.server()),
          time(io.get_executor()),
          sending(io, time, options(server, site))
    {
    }

    static net::sender_options options(const test::loopback_server& server, const test::loopback_site& site)
    {
        net::sender_options made;
        made.to = {"localhost", server.port()};
        made.tls = site.client();
        return made;
    }

    asio::awaitable<void> begin()
    {
        [[maybe_unused]] const auto at = co_await sending.push("line\n");
        sending.box.want_confirmed();
        theirs = co_await server.accept();
        const auto got = co_await theirs->read_to_end();
        CHECK(got == "line\n");
        co_await test::turn();
    }

    asio::awaitable<void> pass(int seconds)
    {
        for (int i = 0; i < seconds; ++i)
        {
            time.advance(1s);
            co_await test::turn();
        }
    }
};

/// The answer comes while the process stands still: it lies in the socket when the clock has jumped.
asio::awaitable<void> suspended(asio::io_context& io, const test::loopback_site& site, int seconds_before)
{
    waiting_for_the_end scene(io, site);
    co_await scene.begin();
    co_await scene.pass(seconds_before);
    scene.theirs->close_in_order();
    scene.time.advance(12s);
    asio::steady_timer real(io.get_executor());
    for (int i = 0; i < 20 && scene.sending.box.held_bytes() != 0; ++i)
        co_await tick(real, scene.time);
    CHECK(scene.sending.box.held_bytes() == 0);
    CHECK(scene.sending.counts().failures == 0);
    CHECK(scene.sending.log.records.empty());
    co_await scene.sending.stop();
}

asio::awaitable<void> gone(asio::io_context& io, const test::loopback_site& site)
{
    waiting_for_the_end scene(io, site);
    co_await scene.begin();
    co_await scene.pass(9);
    CHECK(scene.sending.counts().failures == 0);
    // The kernel acknowledges our FIN in its own time; until then the peer does not have everything.
    const std::function<bool()> noticed = [&scene] { return scene.sending.counts().failures != 0; };
    for (int i = 0; i < 50 && !noticed(); ++i)
    {
        co_await scene.pass(1);
        [[maybe_unused]] const bool yet = co_await test::until(noticed, 20ms);
    }
    CHECK(scene.sending.counts().failures == 1);
    CHECK(scene.sending.log.count("`confirm: tcp`") == 1);
    co_await scene.sending.stop();
}

/// Takes the connection and reads nothing: what fits into the kernels is taken, and then nothing moves.
asio::awaitable<void> reads_nothing(asio::io_context& io, const test::loopback_site& site, net::confirmed_by how)
{
    test::loopback_server server(io, site.server());
    test::manual_clock time(io.get_executor());
    auto options = waiting_for_the_end::options(server, site);
    options.confirm = how;
    test::loopback_sending sending(io, time, std::move(options), 64 << 20);
    [[maybe_unused]] const auto at = co_await sending.push(std::string(40 << 20, 'x') + '\n');
    const auto deaf = co_await server.accept();
    asio::steady_timer real(io.get_executor());
    for (int i = 0; i < 200; ++i)
        co_await tick(real, time);
    CHECK(sending.counts().failures == 0);
    for (int i = 0; i < 400 && sending.counts().failures == 0; ++i)
        co_await tick(real, time);
    CHECK(sending.counts().failures == 1);
    CHECK(sending.log.count("was lost while sending: Connection timed out") == 1);
    co_await sending.stop();
}

}  // namespace

TEST_CASE("sender: a slow receiver is not a lost one: every event arrives once, and is confirmed")
{
    const test::loopback_site site;
    for (const slow_case rules : {
             slow_case{20e3, 600'000, net::confirmed_by::end_of_stream, std::nullopt},
             slow_case{100e3, 1'500'000, net::confirmed_by::end_of_stream, std::nullopt},
             slow_case{300e3, 5'000'000, net::confirmed_by::end_of_stream, std::nullopt},
             slow_case{20e3, 300'000, net::confirmed_by::end_of_stream, 6},
             slow_case{100e3, 2'000'000, net::confirmed_by::acknowledged, std::nullopt},
             slow_case{300e3, 3'000'000, net::confirmed_by::acknowledged, 6},
         })
    {
        CAPTURE(rules.bytes_per_second);
        asio::io_context io(1);
        test::run(io, slow_is_no_fault(io, site, rules), 60s);
    }
}

TEST_CASE("sender: after a suspension the answer that lies in the socket counts")
{
    const test::loopback_site site;
    for (const int seconds_before : {0, 5, 9})
    {
        asio::io_context io(1);
        test::run(io, suspended(io, site, seconds_before));
    }
}

TEST_CASE("sender: a peer that has everything and does not answer our end has ten seconds")
{
    const test::loopback_site site;
    asio::io_context io(1);
    test::run(io, gone(io, site));
}

TEST_CASE("sender: a peer that takes no byte for half a minute is lost")
{
    const test::loopback_site site;
    for (const auto how : {net::confirmed_by::end_of_stream, net::confirmed_by::acknowledged})
    {
        asio::io_context io(1);
        test::run(io, reads_nothing(io, site, how), 30s);
    }
}
