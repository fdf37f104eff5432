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
    // 5 ms between looks at first: a peer that is well answers within a few of them.
    constexpr time_source::duration often = 5ms;
    constexpr time_source::duration seldom = 50ms;  // a slow peer is looked at for minutes
    // For so many looks an empty send buffer alone is not believed: TCP's end or a reset may still come.
    auto settling = patience / often;
    // The count at the last look: when it has fallen since, the time without progress begins again.
    auto least = std::numeric_limits<std::size_t>::max();
    for (time_source::duration quiet{}; quiet < limit;)
    {
        const bool settled = bytes.peer_has_ended() || settling-- <= 0;
        // Asking also brings the kernel's pending error, a reset that came behind the peer's end.
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
