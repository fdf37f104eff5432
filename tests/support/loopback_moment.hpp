#pragma once

#include "support/loopback_server.hpp"
#include "support/run.hpp"

#include <boost/asio/awaitable.hpp>

#include <memory>

namespace qdc::test
{

/// Accepts one connection and drops it after its handshake.
boost::asio::awaitable<void> accept_once(loopback_server& server);

/// Accepts one connection, shakes hands, and keeps it in `into`.
boost::asio::awaitable<void> accept_into(loopback_server& server, std::unique_ptr<loopback_end>& into);

}  // namespace qdc::test
