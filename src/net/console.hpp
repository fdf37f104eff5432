#pragma once

#include "flow/outbox.hpp"
#include "ports/output.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

namespace qdc::net
{

/// Writes frames to standard output. A terminal or a pipe may block, so it waits on a thread of its own. A frame is
/// confirmed when the write is done.
class console final : public output
{
public:
    /// Both outlive it. `report` may still be in use by another until run().
    console(outbox& box, output_report& report) : box_(box), report_(report) {}

    /// Comes back when standard output is gone.
    boost::asio::awaitable<error_code> run() override;

    /// With the outbox's bytes as they are now.
    const output_report& report() override;

private:
    outbox& box_;
    output_report& report_;
    boost::asio::thread_pool writer_{1};
};

}  // namespace qdc::net
