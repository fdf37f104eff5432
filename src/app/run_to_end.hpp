#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

namespace qdc::app
{

/// Runs `task`, and whatever else is started on `io`, until nothing is left to be done. What the task throws comes out.
void run_to_end(boost::asio::io_context& io, boost::asio::awaitable<void> task);

}  // namespace qdc::app
