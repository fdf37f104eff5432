#include "collect/call_limits.hpp"

#include <algorithm>

namespace qdc::collect
{

namespace asio = boost::asio;

time_source::time_point sliding_limit::free_at(time_source::time_point now)
{
    while (!made_.empty() && made_.front() + period_ <= now)
        made_.pop_front();
    if (made_.size() < calls_)
        return now;
    return calls_ == 0 ? time_source::time_point::max() : made_[made_.size() - calls_] + period_;
}

asio::awaitable<time_source::duration> wait_for_call(call_limits limits, time_source& time)
{
    const auto begin = time.now();
    for (;;)
    {
        const auto now = time.now();
        auto free = now;
        for (const auto& limit : limits)
            free = std::max(free, limit->free_at(now));
        if (free <= now)
            break;
        // Another service may take the place meanwhile, so it is asked again.
        co_await time.sleep_until(free);
    }
    for (const auto& limit : limits)
        limit->note(time.now());
    co_return time.now() - begin;
}

}  // namespace qdc::collect
