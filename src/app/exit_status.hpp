#pragma once

namespace qdc::app
{

/// Exit statuses; sysexits.h where it has one.
enum class exit_status
{
    done = 0,
    failed = 1,   ///< a cycle or a check failed, the state directory cannot be used, a port is taken
    usage = 2,    ///< wrong usage
    locked = 75,  ///< another instance holds the state directory
    misconfigured = 78,
};

}  // namespace qdc::app
