#include "collect/call_limits.hpp"

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

}  // namespace qdc::collect
