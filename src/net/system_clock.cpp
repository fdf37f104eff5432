#include "net/system_clock.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace qdc::net
{

namespace asio = boost::asio;

namespace
{

class system_clock final : public time_source
{
public:
    time_point now() const override { return std::chrono::steady_clock::now(); }

    utc_time utc_now() const override { return std::chrono::system_clock::now(); }

    asio::awaitable<void> sleep_until(time_point deadline) override
    {
        const auto ex = co_await asio::this_coro::executor;
        asio::steady_timer timer(ex, deadline);
        co_await timer.async_wait(asio::use_awaitable);
    }
};

}  // namespace

std::unique_ptr<time_source> make_system_clock()
{
    return std::make_unique<system_clock>();
}

}  // namespace qdc::net
