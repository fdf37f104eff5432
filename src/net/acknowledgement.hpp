#pragma once

#include "base/error.hpp"
#include "net/connection.hpp"
#include "ports/time_source.hpp"

#include <boost/asio/awaitable.hpp>

namespace qdc::net
{

/// Waits until the peer's kernel has everything, and up to `patience` for TCP's end or a reset. A peer that closed just
/// before our last bytes still reads as an end of stream; only the kernel's unsent count and its pending error tell the
/// difference. errc::unconfirmed: that count has not fallen for `limit`. Both are counted in looks, not by the clock.
/// What is referred to outlives it.
boost::asio::awaitable<error_code>
all_acknowledged(connection& bytes, time_source& time, time_source::duration patience, time_source::duration limit);

}  // namespace qdc::net
