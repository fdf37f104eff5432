#include "support/run.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
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

}  // namespace qdc::test
