#pragma once

#include "support/loopback_server.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <functional>

namespace qdc::test
{

/// Looks again every millisecond of real time until `condition` holds; false: it did not within `limit`. For what the
/// kernel does by itself. The callable must outlive the wait.
boost::asio::awaitable<bool>
until(const std::function<bool()>& condition, std::chrono::milliseconds limit = std::chrono::seconds(3));

/// Accepts one connection and drops it after its handshake.
boost::asio::awaitable<void> accept_once(loopback_server& server);

/// Accepts one connection, shakes hands, and keeps it in `into`.
boost::asio::awaitable<void> accept_into(loopback_server& server, std::unique_ptr<loopback_end>& into);

}  // namespace qdc::test
