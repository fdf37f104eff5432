#pragma once

#include "collect/cycle_end.hpp"
#include "ports/time_source.hpp"

#include <chrono>
#include <cstdint>
#include <optional>

namespace qdc::collect
{

/// What a failed call means. The first four come from the answer itself, the others are what the service wants
/// (services::what_next).
enum class call_event
{
    login_refused,
    permission_missing,  ///< the login is good, and this call is refused to it
    other_host,          ///< `hostname` is not the API server
    version_gone,
    older_version,  ///< the version is gone, and an older one is taken from now on
    again,
    smaller,
    over,
    left_out,
    stays_out,
    instead,
    give_up,
};

/// What the lane does next.
struct lane_action
{
    enum class kind
    {
        call,     ///< the same exchange again, after `wait`
        proceed,  ///< this exchange is over: the service's next one
        end,      ///< the cycle is over
    };

    kind what{kind::call};
    std::chrono::milliseconds wait{0};
    cycle_end end{cycle_end::failed};  ///< with kind::end
    bool out_of_patience{false};       ///< with kind::end: another try would be too late

    bool operator==(const lane_action&) const = default;
};

/// Counts the failures of one exchange and says what follows on each: a machine without I/O and clock.
///
/// | event                        | action                                                                  |
/// |------------------------------|-------------------------------------------------------------------------|
/// | login_refused, permission_missing | end: login                                                         |
/// | other_host                   | end: failed                                                             |
/// | version_gone                 | end: retired                                                            |
/// | older_version                | call at once; failures are counted from zero                            |
/// | over, left_out, stays_out, instead | proceed                                                           |
/// | give_up                      | end: failed                                                             |
/// | again                        | call after the wait; end: failed when the wait outlasts the patience    |
/// | smaller                      | the same, but the wait is 1 s unless more was asked for; from zero      |
///
/// Patience is counted from the first failure; an attempt that got further begins it from zero.
class attempts
{
public:
    /// `patience`: how long transient failures are tried again; nothing: forever.
    explicit attempts(std::optional<std::chrono::seconds> patience) : patience_(patience) {}

    /// A call failed; how many have in a row now, from 1. `progress`: exchange::progress().
    std::uint32_t failed(std::uint64_t progress, time_source::time_point now);

    /// What follows on that failure. `wait`: what the decision about it says; `least`: what Qualys asked for at least.
    lane_action resume(
        call_event event,
        std::chrono::milliseconds wait,
        time_source::time_point now,
        std::chrono::milliseconds least = {}
    );

private:
    std::optional<std::chrono::seconds> patience_;
    std::uint32_t failures_{0};  ///< in a row
    std::uint64_t progress_{0};  ///< at the last failure
    std::optional<time_source::time_point> failing_since_;
};

}  // namespace qdc::collect
