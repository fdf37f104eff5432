#include "support/run.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

namespace qdc::test
{

namespace asio = boost::asio;
using namespace std::chrono_literals;

void run(asio::io_context& io, asio::awaitable<void> body, std::chrono::seconds limit)
{
    bool done = false;
    std::exception_ptr failure;
    asio::co_spawn(
        io,
        std::move(body),
        [&done, &failure](std::exception_ptr thrown)
        {
            done = true;
            failure = std::move(thrown);
        }
    );
    io.restart();
    // The limit only ends what hangs: a slow machine must never meet it.
    io.run_for(std::max<std::chrono::seconds>(limit, std::chrono::minutes(2)));
    REQUIRE_MESSAGE(done, "coroutine did not finish");
    if (failure)
        std::rethrow_exception(failure);
    CHECK_MESSAGE(io.stopped(), "work was left in the io_context");
}

asio::awaitable<void> turn(int times)
{
    const auto ex = co_await asio::this_coro::executor;
    for (int i = 0; i < times; ++i)
        co_await asio::post(ex, asio::use_awaitable);
}

asio::awaitable<bool> until(const std::function<bool()>& condition, std::chrono::milliseconds limit)
{
    const auto ex = co_await asio::this_coro::executor;
    asio::steady_timer a_moment(ex);
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (!condition())
    {
        if (std::chrono::steady_clock::now() >= deadline)
            co_return false;
        a_moment.expires_after(1ms);
        co_await a_moment.async_wait(asio::use_awaitable);
    }
    co_return true;
}

}  // namespace qdc::test
