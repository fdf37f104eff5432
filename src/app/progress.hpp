#pragma once

#include "app/parts.hpp"
#include "ports/log.hpp"
#include "ports/time_source.hpp"

#include <boost/asio/awaitable.hpp>

#include <functional>

namespace qdc::app
{

/// For somebody who watches: every few seconds a line about each cycle that is under way for longer, until it is
/// stopped. `current` returns the parts that run now; a reload exchanges them.
boost::asio::awaitable<void> log_progress(std::function<const parts&()> current, time_source& time, log_origin log);

}  // namespace qdc::app
