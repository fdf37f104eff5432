#pragma once

#include "base/error.hpp"
#include "ports/reports.hpp"

#include <boost/asio/awaitable.hpp>

namespace qdc
{

/// One way out: delivers what its outbox holds, and keeps the report of that. The report outlives it, so that its counters
/// go on when another takes over after a reload.
class output
{
public:
    virtual ~output() = default;

    /// Delivers until it is stopped. Comes back only when nothing can be delivered any more, with the reason. What is not
    /// confirmed then stays in the outbox.
    virtual boost::asio::awaitable<error_code> run() = 0;

    /// Brought up to date.
    virtual const output_report& report() = 0;
};

}  // namespace qdc
