#include "collect/attempts.hpp"

#include <algorithm>

namespace qdc::collect
{

using namespace std::chrono_literals;

namespace
{

/// A page that is asked for smaller is a new question: it does not have to wait long.
constexpr std::chrono::milliseconds smaller_page_pause = 1s;

lane_action end_with(cycle_end end)
{
    return {lane_action::kind::end, 0ms, end, false};
}

}  // namespace

std::uint32_t attempts::failed(std::uint64_t progress, time_source::time_point now)
{
    // This attempt got further than the one before: it is another trouble, and counting begins again.
    if (failing_since_ && progress != progress_)
    {
        failures_ = 0;
        failing_since_.reset();
    }
    progress_ = progress;
    // Patience runs from the first failure in a row.
    if (!failing_since_)
        failing_since_ = now;
    return ++failures_;
}

lane_action attempts::resume(
    call_event event, std::chrono::milliseconds wait, time_source::time_point now, std::chrono::milliseconds least
)
{
    switch (event)
    {
        // Each further try could lock the account: the cycle is over, and the puller pauses.
        case call_event::login_refused:
        case call_event::permission_missing:
            return end_with(cycle_end::login);
        // No version is left to ask for: the cycle is over, until the configuration names another one.
        case call_event::version_gone:
            return end_with(cycle_end::retired);
        // The same question at another address: at once, as if it had never failed.
        case call_event::older_version:
            failures_ = 0;
            return {lane_action::kind::call, 0ms};
        // These four end the exchange, not the cycle: the lane takes the service's next call.
        case call_event::over:
        case call_event::left_out:
        case call_event::stays_out:
        case call_event::instead:
            return {lane_action::kind::proceed, 0ms};
        // Trying on in this cycle would not help: it is over, and the next one begins where it stopped.
        case call_event::other_host:
        case call_event::give_up:
            return end_with(cycle_end::failed);
        // A smaller page has not failed yet: it goes out after a second, unless Qualys asked for a longer wait.
        case call_event::smaller:
            wait = std::max(std::min(wait, smaller_page_pause), least);
            failures_ = 0;
            break;
        // The same call after the whole wait; it counts as one more failure in the row.
        case call_event::again:
            break;
    }
    // A wait that outlasts the patience is not begun: the cycle ends now.
    if (patience_ && now + wait - failing_since_.value_or(now) > *patience_)
        return {lane_action::kind::end, 0ms, cycle_end::failed, true};
    return {lane_action::kind::call, wait};
}

}  // namespace qdc::collect
