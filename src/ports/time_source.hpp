#pragma once

#include "base/utc.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>

namespace qdc
{

/// The only source of time above net/. Tests put test::manual_clock in its place.
class time_source
{
public:
    using duration = std::chrono::steady_clock::duration;
    using time_point = std::chrono::steady_clock::time_point;

    virtual ~time_source() = default;

    /// Monotonic time, for waits and durations.
    virtual time_point now() const = 0;

    /// Wall time, for everything that leaves the process.
    virtual utc_time utc_now() const = 0;

    /// The wall time at which now() will be `time`.
    utc_time wall_time(time_point time) const
    {
        return utc_now() + std::chrono::duration_cast<utc_time::duration>(time - now());
    }

    /// Resumes at or after `deadline`. Throws operation_aborted when the caller is stopped.
    virtual boost::asio::awaitable<void> sleep_until(time_point deadline) = 0;

    boost::asio::awaitable<void> sleep_for(duration span) { return sleep_until(now() + span); }
};

}  // namespace qdc
