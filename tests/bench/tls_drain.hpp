#pragma once

#include "net/connection.hpp"

#include <boost/asio/io_context.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace qdc::bench
{

/// A connection of the collector's own kind (net/) with a client certificate, to a peer that reads everything away on a
/// thread of its own.
class tls_drain
{
public:
    /// Throws std::runtime_error.
    tls_drain();
    ~tls_drain();
    tls_drain(const tls_drain&) = delete;
    tls_drain& operator=(const tls_drain&) = delete;

    /// Returns when all of it is in the kernel.
    bool write(std::string_view bytes);

private:
    struct peer;

    std::unique_ptr<peer> peer_;
    boost::asio::io_context io_{1};
    std::unique_ptr<net::connection> ours_;
};

}  // namespace qdc::bench
