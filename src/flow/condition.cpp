#include "flow/condition.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <utility>

namespace qdc
{

namespace asio = boost::asio;

condition::condition(asio::any_io_executor ex) : timer_(std::move(ex), asio::steady_timer::time_point::max()) {}

void condition::notify_all()
{
    timer_.cancel();
}

asio::awaitable<void> condition::wait()
{
    [[maybe_unused]] const auto outcome = co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
    // The timer reports a notification and a stop with the same error code: only the state of the coroutine differs.
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none)
        throw boost::system::system_error(asio::error::operation_aborted);
}

}  // namespace qdc
