#include "support/loopback_moment.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace qdc::test
{

namespace asio = boost::asio;
using namespace std::chrono_literals;

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

asio::awaitable<void> accept_once(loopback_server& server)
{
    [[maybe_unused]] const auto end = co_await server.accept();
}

asio::awaitable<void> accept_into(loopback_server& server, std::unique_ptr<loopback_end>& into)
{
    into = co_await server.accept();
}

}  // namespace qdc::test
