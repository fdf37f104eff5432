#include "net/acknowledgement.hpp"

#include <chrono>
#include <cstddef>
#include <limits>

namespace qdc::net
{

namespace asio = boost::asio;
using namespace std::chrono_literals;

asio::awaitable<error_code>
all_acknowledged(connection& bytes, time_source& time, time_source::duration patience, time_source::duration limit)
{
    constexpr time_source::duration often = 5ms;
    constexpr time_source::duration seldom = 50ms;  // a slow peer is looked at for minutes
    auto settling = patience / often;
    auto least = std::numeric_limits<std::size_t>::max();
    for (time_source::duration quiet{}; quiet < limit;)
    {
        const bool settled = bytes.peer_has_ended() || settling-- <= 0;
        const auto left = bytes.unacknowledged();
        if (!left)
            co_return left.error();
        if (*left == 0 && settled)
            co_return error_code();
        const auto pause = quiet < 1s ? often : seldom;
        quiet = *left < least ? time_source::duration::zero() : quiet + pause;
        least = *left;
        co_await time.sleep_for(pause);
    }
    co_return error_code(errc::unconfirmed);
}

}  // namespace qdc::net
