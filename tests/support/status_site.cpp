#include "support/status_site.hpp"

#include "support/made_up_report.hpp"
#include "support/run.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <doctest/doctest.h>

#include <array>
#include <utility>

namespace qdc::test
{

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace
{

constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);

asio::awaitable<void>
run_body(status_site& at, asio::io_context& io, asio::awaitable<void> (*body)(status_site&, asio::io_context&))
{
    co_await body(at, io);
    co_await at.stop();
}

}  // namespace

status_site::status_site(asio::io_context& io, status::server_options options)
    : server(
          io.get_executor(),
          options,
          [] { return made_up_report(std::chrono::system_clock::now(), 3h); },
          log_origin(log, "Status")
      ),
      work(io.get_executor())
{
    REQUIRE(!server.listen());
    work.spawn("server", server.run());
}

status::server_options status_site::patient()
{
    status::server_options options;
    options.port = 0;
    options.head = options.idle = options.answer = 1h;
    options.burst = 1'000'000;
    return options;
}

asio::awaitable<void> status_site::stop()
{
    work.stop();
    co_await work.join();
}

status_visitor::status_visitor(const status_site& of, asio::io_context& io) : socket(io)
{
    socket.connect({asio::ip::address_v4::loopback(), of.server.port()});
}

asio::awaitable<void> status_visitor::send(std::string bytes)
{
    [[maybe_unused]] const auto [ec, size] = co_await asio::async_write(socket, asio::buffer(bytes), no_throw);
}

asio::awaitable<std::string> status_visitor::rest()
{
    std::string all;
    [[maybe_unused]] const auto [ec, size] = co_await asio::async_read(socket, asio::dynamic_buffer(all), no_throw);
    co_return all;
}

asio::awaitable<std::string> status_visitor::answer()
{
    std::string all;
    while (all.find("\r\n\r\n") == std::string::npos)
    {
        std::array<char, 1> one{};
        const auto [ec, size] = co_await socket.async_read_some(asio::buffer(one), no_throw);
        if (ec)
            co_return all;
        all += one[0];
    }
    const auto at = all.find("Content-Length: ") + 16;
    std::string body(std::stoul(all.substr(at)), ' ');
    [[maybe_unused]] const auto [ec, size] = co_await asio::async_read(socket, asio::buffer(body), no_throw);
    co_return all + body;
}

asio::awaitable<bool> status_visitor::is_over()
{
    std::array<char, 1> one{};
    const auto [ec, size] = co_await socket.async_read_some(asio::buffer(one), no_throw);
    co_return ec.failed();
}

std::string get(const std::string& path, const std::string& more)
{
    return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + more + "\r\n";
}

asio::awaitable<std::string> ask(const status_site& of, asio::io_context& io, std::string request)
{
    status_visitor one(of, io);
    co_await one.send(std::move(request));
    const auto all = co_await one.rest();
    co_return all;
}

void with_server(status::server_options options, asio::awaitable<void> (*body)(status_site& at, asio::io_context& io))
{
    asio::io_context io(1);
    status_site at(io, std::move(options));
    run(io, run_body(at, io, body), 20s);
}

}  // namespace qdc::test
