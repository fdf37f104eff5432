#pragma once

#include "flow/outbox.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

namespace qdc::net
{

/// Writes frames to standard output. A terminal or a pipe may block, so it waits on a thread of its own. A frame is
/// confirmed when the write is done.
class console
{
public:
    explicit console(outbox& box) : box_(box) {}

    /// Runs until it is stopped. A standard output that is gone is logged by whoever joins this: it ends with the error.
    boost::asio::awaitable<void> run();

private:
    outbox& box_;
    boost::asio::thread_pool writer_{1};
};

}  // namespace qdc::net
