#include "support/loopback_sender.hpp"

#include <doctest/doctest.h>

namespace qdc::test
{

namespace asio = boost::asio;
using namespace std::chrono_literals;

loopback_sending::loopback_sending(
    asio::io_context& io, time_source& time, net::sender_options options, std::size_t limit, output_report* report
)
    : box(io.get_executor(), time, limit),
      report_(report != nullptr ? *report : own_report_),
      sender_(io.get_executor(), box, time, log_origin(log, "sender"), std::move(options), report_, [] { return 0.0; }),
      task_(io.get_executor())
{
    task_.spawn("sender", run());
}

asio::awaitable<void> loopback_sending::run()
{
    [[maybe_unused]] const auto ended = co_await sender_.run();
}

asio::awaitable<ticket> loopback_sending::push(std::string event)
{
    batch one;
    one.frames = std::move(event);
    one.events = 1;
    const auto at = co_await box.push(std::move(one));
    co_return at;
}

asio::awaitable<void> loopback_sending::all_confirmed()
{
    box.want_confirmed();
    while (box.confirmed() < box.pushed())
        [[maybe_unused]] const auto moved = co_await box.confirmed_beyond(box.confirmed());
}

asio::awaitable<void> loopback_sending::stop()
{
    const auto begin = std::chrono::steady_clock::now();
    task_.stop();
    co_await task_.join();
    CHECK(std::chrono::steady_clock::now() - begin < 1s);
}

net::sender_options options_for(const loopback_server& server, std::shared_ptr<net::tls_context> tls)
{
    net::sender_options options;
    options.to = {"localhost", server.port()};
    options.tls = std::move(tls);
    options.confirm_timeout = 1h;
    options.send_timeout = 1h;
    return options;
}

}  // namespace qdc::test
