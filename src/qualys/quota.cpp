#include "qualys/quota.hpp"

#include <algorithm>
#include <cmath>

// An example: 300 calls an hour are allowed, and `share` is 0.8. Ours are 240, the reserve of the others is 60.
//
//   remaining()                         free_by_rate()
//   97: more than the reserve           at once
//   60: exactly the reserve             when our oldest call leaves the window, or 180 s after our last: what is earlier
//   45: others use more than theirs     180 s after the last call (a twentieth of the window), to see how things stand
//   0:  nothing is left                 as long as Qualys said, else when the oldest call of ours leaves the window
//   240 calls of ours in this hour      when the oldest of them leaves the window, whatever is left
namespace qdc::qualys
{
namespace
{

using namespace std::chrono_literals;

/// A call of ours that ends is noticed when it is asked for again so soon.
constexpr auto concurrency_look = 1s;
constexpr std::chrono::seconds others_kept{60};  ///< how long calls of others count after they were seen

/// Qualys counts a call when it arrives, a little after we began it: its place is free again that much later.
constexpr auto on_the_way = 1s;

/// Until Qualys has reported its window, calls are remembered so long.
constexpr std::chrono::seconds usual_window = 1h;

}  // namespace

std::uint64_t quota::share_of(std::uint64_t total) const
{
    // Rounded down; one call is always ours, or nothing would ever be asked.
    return std::max<std::uint64_t>(1, static_cast<std::uint64_t>(static_cast<double>(total) * share_));
}

void quota::forget_old(time_point now)
{
    const auto window = reported_.window.value_or(usual_window);
    while (!own_.empty() && own_.front() + window + on_the_way <= now)
    {
        // The last answer still counted this call, so one more is left than it said.
        if (own_.front() <= reported_at_)
            ++expired_since_;
        own_.pop_front();
    }
}

std::optional<std::uint64_t> quota::remaining(time_point now)
{
    // Too little is known to reckon with: what was said last has to do.
    if (!reported_.calls || !reported_.remaining || !reported_.window)
        return reported_.remaining;
    forget_old(now);
    // What was reported is a window ago: only our own calls since then are known to count.
    if (reported_at_ + *reported_.window <= now)
        return *reported_.calls - std::min<std::uint64_t>(*reported_.calls, own_.size());
    // What the last answer said, plus calls that have left the window since, less those that we began since. For
    // example: 100 reported, 2 left the window, 5 begun, so 97 remain.
    const auto left = *reported_.remaining + expired_since_;
    return std::min(*reported_.calls, left - std::min(left, begun_since_));
}

/// When the rate allows the next call; `now` or earlier: at once.
quota::time_point quota::free_by_rate(time_point now)
{
    const auto left = remaining(now);
    // Nothing is known of the rate: the first call goes out, and its answer will tell.
    if (!reported_.calls || !reported_.window || !left || *reported_.calls == 0)
        return now;
    const auto ours = share_of(*reported_.calls);
    // Our share is used up: the call that has to leave the window first makes room for the next one.
    if (own_.size() >= ours)
        return own_[own_.size() - ours] + *reported_.window + on_the_way;

    // Others may use what is not ours. As long as more than that is left, we may go on.
    const auto reserve = *reported_.calls - std::min(*reported_.calls, ours);
    if (*left > reserve)
        return now;
    // With nothing left only time helps: as long as Qualys said, else until a call of ours leaves the window.
    if (*left == 0 && reported_.wait)
        return reported_at_ + *reported_.wait;
    // At or below the reserve only a look now and then is allowed: one call in each twentieth of the window.
    const auto oldest_leaves = own_.empty() ? time_point::max() : own_.front() + *reported_.window + on_the_way;
    const auto last = own_.empty() ? reported_at_ : own_.back();
    const auto look = last + *reported_.window / 20;
    if (*left == 0 && !own_.empty())
        return oldest_leaves;
    // Exactly at the reserve a call of ours that leaves the window makes one free. Below it others use more than their
    // part, and only the look is left.
    return *left == reserve ? std::min(look, oldest_leaves) : look;
}

hold quota::next(time_point now)
{
    // Blocked -> free: only time ends it. What Qualys asked for stands above all reckoning.
    if (blocked_until_ && *blocked_until_ > now)
        return {*blocked_until_, hold_reason::limit};
    blocked_until_.reset();
    // Used up -> free: when calls leave the sliding window.
    if (const auto free = free_by_rate(now); free > now)
        return {free, hold_reason::quota};
    // All places taken -> free: when a call ends. Nobody tells the one that waits, so it looks each second.
    if (running() >= places(now))
        return {now + concurrency_look, hold_reason::concurrency};
    // Free -> a call may begin; begun() counts it.
    return {now, hold_reason::none};
}

std::uint64_t quota::places(time_point now)
{
    if (!reported_.concurrent)
        return ~std::uint64_t{0};
    // A place that was given up comes back after its time.
    std::erase_if(given_up_, [now](time_point until) { return until <= now; });
    // For example 5 places and a share of 0.8 are 4; others use 1 more than can be seen as ours, so 3 are left.
    const auto ours = static_cast<std::uint64_t>(std::llround(static_cast<double>(*reported_.concurrent) * share_));
    const auto taken = others_ + given_up_.size();
    return std::max<std::uint64_t>(1, ours - std::min(ours, taken));
}

std::uint64_t quota::begun(time_point now)
{
    // It counts for the rate (own_), against what is reported (begun_since_), and for the places (calls_).
    own_.push_back(now);
    ++begun_since_;
    calls_.push_back({++last_number_, 0});
    // How many calls of ours an answer may have counted is only known as an upper bound: the most that ran in its time.
    for (auto& call : calls_)
        call.peak = std::max<std::uint64_t>(call.peak, calls_.size());
    return last_number_;
}

void quota::received(const limits& limits, time_point now, std::uint64_t call)
{
    answered_ = true;
    // An answer without any of these headers changes nothing: what was reported before still holds.
    if (!limits.calls && !limits.remaining && !limits.concurrent)
        return;
    const auto before = reported_;
    reported_ = limits;
    // The answer to a refused call may name only a part.
    if (!reported_.calls)
        reported_.calls = before.calls;
    if (!reported_.window)
        reported_.window = before.window;
    if (!reported_.concurrent)
    {
        reported_.concurrent = before.concurrent;
        reported_.running = before.running;
    }
    // When exactly Qualys counted is not known: any number of ours that there was meanwhile may be in it. So this is
    // the least that others use, and the highest of a minute comes nearest.
    const auto own = std::ranges::find(calls_, call, &running_call::number);
    if (limits.running && own != calls_.end())
    {
        const auto least = *limits.running - std::min(*limits.running, own->peak);
        // A higher number is believed at once, a lower one when the last has been held for a minute.
        if (least >= others_ || now >= others_until_)
        {
            others_ = least;
            others_until_ = now + others_kept;
        }
    }
    // Without the number that is left there is nothing new to reckon from.
    if (!limits.remaining)
    {
        reported_.remaining = before.remaining;
        return;
    }
    // From here on the reckoning starts afresh.
    reported_at_ = now;
    // Calls still under way may or may not be counted; to count them twice is safe.
    begun_since_ = running() - std::min<std::uint64_t>(running(), 1);
    expired_since_ = 0;
}

void quota::ended(const limits& limits, time_point now, std::uint64_t call)
{
    received(limits, now, call);
    // Its place is free again; for the rate it goes on counting until it leaves the window.
    std::erase_if(calls_, [call](const running_call& one) { return one.number == call; });
}

}  // namespace qdc::qualys
