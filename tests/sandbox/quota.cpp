#include "sandbox/quota.hpp"

#include <algorithm>

namespace qdc::sandbox
{

quota::standing quota::enter(const std::string& endpoint, const limits& allowed, time_point at)
{
    auto& current = uses_[endpoint];
    const auto window = std::chrono::seconds(allowed.window_seconds);
    while (!current.calls.empty() && current.calls.front() + window <= at)
        current.calls.pop_front();

    standing now;
    now.running = current.running + allowed.foreign_running;
    const auto left = [&current, &allowed]
    { return current.calls.size() < allowed.calls ? allowed.calls - current.calls.size() : 0; };
    if (now.running >= allowed.at_once)
    {
        now.result = verdict::too_many_at_once;
        now.remaining = left();
        return now;
    }
    if (left() == 0)
    {
        now.result = verdict::too_many_in_window;
        const auto oldest = current.calls.empty() ? at : current.calls.front();
        const auto wait = std::chrono::ceil<std::chrono::seconds>(oldest + window - at);
        now.wait_seconds = static_cast<std::uint64_t>(wait.count());
        return now;
    }
    current.calls.insert(current.calls.end(), 1 + allowed.phantom_calls, at);
    ++current.running;
    current.most = std::max(current.most, current.running);
    now.remaining = left();
    return now;
}

void quota::leave(const std::string& endpoint)
{
    --uses_[endpoint].running;
}

std::uint64_t quota::most(const std::string& endpoint) const
{
    const auto found = uses_.find(endpoint);
    return found == uses_.end() ? 0 : found->second.most;
}

std::map<std::string, std::uint64_t> quota::most() const
{
    std::map<std::string, std::uint64_t> all;
    for (const auto& [endpoint, seen] : uses_)
        all[endpoint] = seen.most;
    return all;
}

}  // namespace qdc::sandbox
