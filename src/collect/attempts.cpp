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
    if (failing_since_ && progress != progress_)
    {
        failures_ = 0;
        failing_since_.reset();
    }
    progress_ = progress;
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
        case call_event::login_refused:
            return end_with(cycle_end::login);
        case call_event::version_gone:
            return end_with(cycle_end::retired);
        case call_event::older_version:
            failures_ = 0;
            return {lane_action::kind::call, 0ms};
        case call_event::over:
        case call_event::left_out:
        case call_event::stays_out:
        case call_event::instead:
            return {lane_action::kind::proceed, 0ms};
        case call_event::other_host:
        case call_event::give_up:
            return end_with(cycle_end::failed);
        case call_event::smaller:
            wait = std::max(std::min(wait, smaller_page_pause), least);
            failures_ = 0;
            break;
        case call_event::again:
            break;
    }
    if (patience_ && now + wait - failing_since_.value_or(now) > *patience_)
        return {lane_action::kind::end, 0ms, cycle_end::failed, true};
    return {lane_action::kind::call, wait};
}

}  // namespace qdc::collect
