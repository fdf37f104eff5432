#include "collect/call_limits.hpp"

#include <algorithm>

namespace qdc::collect
{

time_source::time_point sliding_limit::free_at(time_source::time_point now)
{
    // With 2 calls in 60 s, made at 0 s and 20 s: at 30 s the next is free at 60 s, when the first leaves the stretch.
    while (!made_.empty() && made_.front() + period_ <= now)
        made_.pop_front();
    if (made_.size() < calls_)
        return now;
    return calls_ == 0 ? time_source::time_point::max() : made_[made_.size() - calls_] + period_;
}

time_source::time_point free_at(const call_limits& all, time_source::time_point now)
{
    // All of them have to allow it, so the latest moment counts.
    auto latest = now;
    for (const auto& limit : all)
        latest = std::max(latest, limit->free_at(now));
    return latest;
}

void note(const call_limits& all, time_source::time_point time)
{
    for (const auto& limit : all)
        limit->note(time);
}

}  // namespace qdc::collect
