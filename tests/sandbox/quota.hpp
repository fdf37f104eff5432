#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <string>

namespace qdc::sandbox
{

/// Qualys' two limits, kept per endpoint (Qualys API guide, "API limits").
class quota
{
public:
    using time_point = std::chrono::steady_clock::time_point;

    enum class verdict
    {
        granted,
        too_many_at_once,
        too_many_in_window,
    };

    /// What the limit headers tell.
    struct standing
    {
        verdict result = verdict::granted;
        std::uint64_t remaining = 0;
        std::uint64_t wait_seconds = 0;
        std::uint64_t running = 0;  ///< before this call: real captures show 0 while one runs
    };

    struct limits
    {
        std::uint64_t calls;
        std::uint64_t window_seconds;
        std::uint64_t at_once;
        std::uint64_t phantom_calls;
        std::uint64_t foreign_running = 0;
    };

    /// Asks for a call. A granted one runs until leave(); concurrency wins when both limits are hit. A refused call
    /// costs nothing.
    standing enter(const std::string& endpoint, const limits& allowed, time_point at);

    void leave(const std::string& endpoint);

    /// The most calls that ever ran at once.
    std::uint64_t most(const std::string& endpoint) const;

    /// The same of all endpoints.
    std::map<std::string, std::uint64_t> most() const;

private:
    struct use
    {
        std::deque<time_point> calls;
        std::uint64_t running = 0;
        std::uint64_t most = 0;
    };

    std::map<std::string, use> uses_;
};

}  // namespace qdc::sandbox
