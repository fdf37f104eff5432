#include "collect/call_limits.hpp"

#include <algorithm>

namespace qdc::collect
{

time_source::time_point sliding_limit::free_at(time_source::time_point now)
{
    while (!made_.empty() && made_.front() + period_ <= now)
        made_.pop_front();
    if (made_.size() < calls_)
        return now;
    return calls_ == 0 ? time_source::time_point::max() : made_[made_.size() - calls_] + period_;
}

time_source::time_point free_at(const call_limits& all, time_source::time_point now)
{
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
