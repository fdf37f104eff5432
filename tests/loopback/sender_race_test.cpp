#include "support/loopback_moment.hpp"
#include "support/loopback_sender.hpp"
#include "support/run.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <thread>
#include <vector>

using namespace qdc;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace
{

/// Takes one connection after the other; closes each as soon as it has read close_notify, or the end, of the client.
asio::awaitable<void> take_lines(test::loopback_server& server, std::vector<int>& seen, std::size_t enough)
{
    while (seen.size() < enough)
    {
        const auto end = co_await server.accept();
        const auto got = co_await end->read_to_end();
        end->close_in_order();
        for (std::size_t at = 0; at < got.size(); at = got.find('\n', at) + 1)
            seen.push_back(std::stoi(got.substr(at)));
    }
}

asio::awaitable<void> confirm_each(test::loopback_sending& sending, int count)
{
    for (int i = 0; i < count; ++i)
    {
        [[maybe_unused]] const auto at = co_await sending.push(std::to_string(i) + '\n');
        sending.box.want_confirmed();
        // Sometimes the next one is pushed while this one is being confirmed, sometimes after it.
        if (i % 3 == 0)
            co_await sending.all_confirmed();
        else
            co_await test::turn(i % 7);
    }
    co_await sending.all_confirmed();
}

asio::awaitable<void>
many_confirmations(asio::io_context& io, net::sender_options options, int count, output_report& counts)
{
    const auto time = net::make_system_clock();
    test::loopback_sending sending(io, *time, std::move(options));
    co_await confirm_each(sending, count);
    counts = sending.counts();
    INFO(sending.log.text());
    CHECK(sending.log.records.empty());
    co_await sending.stop();
}

/// The server has a thread of its own, so that its end can come between any two calls of ours.
void race(const test::loopback_site* site, int count)
{
    asio::io_context theirs(1);
    auto server = site == nullptr ? std::make_unique<test::loopback_server>(theirs)
                                  : std::make_unique<test::loopback_server>(theirs, site->server());
    const auto options = test::options_for(*server, site == nullptr ? nullptr : site->client());
    std::vector<int> seen;
    std::thread other([&theirs, &server, &seen, count]
                      { test::run(theirs, take_lines(*server, seen, static_cast<std::size_t>(count)), 30s); });

    asio::io_context io(1);
    output_report counts;
    test::run(io, many_confirmations(io, options, count, counts), 30s);
    other.join();

    CHECK(counts.failures == 0);
    CHECK(counts.resent_events == 0);
    REQUIRE(seen.size() == static_cast<std::size_t>(count));
    std::vector<int> expected(seen.size());
    for (int i = 0; i < count; ++i)
        expected[static_cast<std::size_t>(i)] = i;
    std::sort(seen.begin(), seen.end());
    CHECK(seen == expected);
}

}  // namespace

TEST_CASE("sender: of two thousand confirmations over TCP none is lost and none repeats a line")
{
    race(nullptr, 2000);
}

TEST_CASE("sender: of a thousand confirmations over TLS none is lost and none repeats a line")
{
    const test::loopback_site site;
    race(&site, 1000);
}
