#pragma once

#include "net/connection.hpp"
#include "support/loopback_server.hpp"
#include "support/loopback_site.hpp"

#include <boost/asio/awaitable.hpp>

#include <memory>

namespace qdc::test
{

/// Both ends of one connection to a server of this test.
struct loopback_pair
{
    std::unique_ptr<net::connection> ours;
    std::unique_ptr<loopback_end> theirs;
};

/// TLS with `site`, plain TCP without.
boost::asio::awaitable<loopback_pair> connect_pair(boost::asio::io_context& io, const loopback_site* site);

}  // namespace qdc::test
