#include "collect/subscription.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace qdc::collect
{

using namespace std::chrono_literals;

namespace
{

// While the first call of an input is under way the others wait for what it says of the login, but not forever: Qualys
// may think about an answer for minutes. Four services that start with a wrong password would otherwise be four bad
// logins, and a few of them lock the account.
constexpr auto first_answer_patience = 10s;
constexpr auto first_answer_look = 50ms;

// Behind a refusal they wait longer, as the next call is most likely refused too.
constexpr auto refusal_patience = 60s;

// A lane that was one too many stays away so long.
constexpr auto lane_pause = 10min;

std::string_view word(qualys::hold_reason reason)
{
    switch (reason)
    {
        case qualys::hold_reason::quota:
            return "quota";
        case qualys::hold_reason::concurrency:
            return "concurrency";
        case qualys::hold_reason::limit:
            return "limit";
        case qualys::hold_reason::none:
            break;
    }
    return "";
}

/// "2 of 15 calls in 360 s are left"; calls that are left, and still are not made, are left to others by quota_share.
std::string standing(qualys::quota& quota, double share, time_source::time_point now)
{
    const auto& reported = quota.reported();
    const auto left = quota.remaining(now);
    if (!reported.calls || !reported.window || !left)
        return "its limits are not known yet";
    auto text = fmt::format("{} of {} calls in {} s are left", *left, *reported.calls, reported.window->count());
    if (*left != 0 && share < 1)
        text += fmt::format(", which quota_share {} leaves to others", share);
    return text;
}

/// "1 of our calls run, quota_share 0.8 leaves us 4 of 5 places, others use 3"
std::string places(qualys::quota& quota, double share, time_source::time_point now)
{
    auto text = fmt::format("{} of our calls run", quota.running());
    const auto all = quota.reported().concurrent;
    if (!all)
        return text;
    const auto ours = quota.places(now);
    if (quota.running() < *all)
        text += fmt::format(", quota_share {} leaves us {} of {} places", share, ours, *all);
    if (quota.others() != 0)
        text += fmt::format(", others use {}", quota.others());
    return text;
}

std::string explained(
    qualys::hold_reason reason,
    const qualys::endpoint& endpoint,
    qualys::quota& quota,
    double share,
    time_source::time_point now
)
{
    // Each reason with the figures that explain it.
    if (reason == qualys::hold_reason::concurrency)
        return fmt::format("waits for a free place at {}: {}", qualys::name(endpoint), places(quota, share, now));
    if (reason == qualys::hold_reason::limit)
        return fmt::format("waits as long as Qualys asked for at {}", qualys::name(endpoint));
    return fmt::format(
        "waits for the subscription's calls at {}: {}", qualys::name(endpoint), standing(quota, share, now)
    );
}

}  // namespace

std::chrono::seconds login_pause_after(std::uint32_t times)
{
    // 1, 2, 4, 8, 16, 32 minutes, then an hour each time.
    constexpr std::uint32_t doublings = 6;
    return std::min<std::chrono::seconds>(60s * (1u << std::min(std::max(times, 1u) - 1, doublings)), 1h);
}

subscription::subscription(std::string input, double share, qualys::api_versions versions, call_limits configured)
    : input_(std::move(input)),
      share_(share),
      versions_(std::move(versions)),
      configured_(std::move(configured))
{
}

qualys::quota& subscription::quota_of(const qualys::endpoint& endpoint)
{
    return quotas_.try_emplace(endpoint, share_).first->second;
}

std::optional<call_hold>
subscription::ask(const qualys::endpoint& endpoint, const call_limits& own, const time_source& time)
{
    const auto now = time.now();
    // The login comes first: whatever the limits allow, a refused one must not be tried again.
    if (auto login = hold_of_login(time))
        return login;
    // Then what the configuration allows, to the input and to this service.
    const auto configured = std::max(free_at(configured_, now), free_at(own, now));
    if (configured > now)  // without any call allowed it would be forever, which no clock can show
        return call_hold{
            std::min<time_source::time_point>(configured, now + 24h),
            "requests_limits",
            "waits for the configured requests_limits"};

    // Last what Qualys allows at this endpoint, and how many places are free there.
    auto& quota = quota_of(endpoint);
    const auto hold = quota.next(now);
    if (hold.reason != qualys::hold_reason::none)
        return call_hold{hold.until, word(hold.reason), explained(hold.reason, endpoint, quota, share_, now)};
    // The call may go out. It is counted now, so that the next one who asks sees it.
    count(endpoint, own, now);
    return std::nullopt;
}

void subscription::count(const qualys::endpoint& endpoint, const call_limits& own, time_source::time_point now)
{
    note(configured_, now);
    note(own, now);
    last_call_ = quota_of(endpoint).begun(now);
    // Nobody knows yet whether the login is good: this call shows it, and the others wait for it.
    if (!login_known_ && !asked_first_)
        asked_first_ = now;
}

std::optional<call_hold> subscription::hold_of_login(const time_source& time) const
{
    const auto now = time.now();
    // Refused: everybody pauses.
    if (pause_until_ && *pause_until_ > now)
        return call_hold{*pause_until_, "login", "rests because the login of this input was refused"};
    // A call was refused a moment ago, and the light call that shows why is under way.
    if (looked_into_since_ && *looked_into_since_ + refusal_patience > now)
        return call_hold{now + first_answer_look, "login", "waits until it is known why a login was refused"};
    // Not known, and one call is under way that will tell: the others look again in a moment, for 10 s at most.
    if (!login_known_ && asked_first_ && *asked_first_ + first_answer_patience > now)
        return call_hold{now + first_answer_look, "login", "waits for the first answer to this login"};
    return std::nullopt;
}

concurrency subscription::places(const qualys::endpoint& endpoint)
{
    const auto& quota = quota_of(endpoint);
    return {quota.reported().concurrent, quota.reported().running, quota.running()};
}

void subscription::answered(const qualys::endpoint& endpoint, const qualys::limits& limits, const time_source& time)
{
    quota_of(endpoint).ended(limits, time.now());
}

void subscription::received(
    const qualys::endpoint& endpoint, const qualys::limits& limits, std::uint64_t call, const time_source& time
)
{
    quota_of(endpoint).received(limits, time.now(), call);
}

void subscription::ended(const qualys::endpoint& endpoint, std::uint64_t call, const time_source& time)
{
    // The limits were reported when the header came (received()), so there is nothing to add.
    quota_of(endpoint).ended({}, time.now(), call);
}

std::uint64_t subscription::lanes(const qualys::endpoint& endpoint, std::optional<int> wanted, const time_source& time)
{
    auto& quota = quota_of(endpoint);
    const auto most = static_cast<std::uint64_t>(wanted.value_or(most_lanes));
    // Qualys says how many calls may run at once: our part of them, less what others use.
    if (quota.reported().concurrent)
        return std::min(most, quota.places(time.now()));
    // Some gateways leave the headers out; who asks for so many lanes knows better than to wait for them.
    return wanted && quota.answered() ? most : 1;
}

void subscription::crowded(const qualys::endpoint& endpoint, const time_source& time)
{
    quota_of(endpoint).crowded(time.now() + lane_pause);
}

void subscription::login_good(std::uint32_t doubts)
{
    if (doubts != doubts_)
        return;
    // A good answer ends the pause and the row of refusals.
    login_known_ = true;
    refused_ = 0;
    pause_until_.reset();
}

void subscription::doubt_login(const time_source& time)
{
    // Whatever the light call shows: what is under way now no longer counts, and the next call has to prove it again.
    ++doubts_;
    login_known_ = false;
    asked_first_.reset();
    looked_into_since_ = time.now();
}

bool subscription::login_refused(std::uint32_t doubts, const time_source& time)
{
    // Calls that were under way together are one bad login, not several in a row.
    if (doubts != doubts_)
        return false;
    ++doubts_;
    // Behind the pause one call alone has to show again whether the login is good.
    login_known_ = false;
    asked_first_.reset();
    if (refused_ == 0)
        refused_since_ = time.now();
    pause_until_ = time.now() + login_pause_after(++refused_);
    return true;
}

std::optional<time_source::time_point> subscription::login_pause(const time_source& time) const
{
    return pause_until_ && *pause_until_ > time.now() ? pause_until_ : std::nullopt;
}

std::vector<quota_report> subscription::report(const time_source& time)
{
    std::vector<quota_report> all;
    for (auto& [which, quota] : quotas_)
    {
        quota_report one;
        one.input = input_;
        one.endpoint = qualys::name(which);
        const auto& reported = quota.reported();
        one.limit = reported.calls;
        one.remaining = quota.remaining(time.now());
        if (reported.window)
            one.window_seconds = static_cast<std::uint64_t>(reported.window->count());
        one.concurrency_limit = reported.concurrent;
        one.running = quota.running();
        // Asked as if a call wanted to go out now; nothing is counted by it.
        const auto hold = quota.next(time.now());
        // That all of our places are in use is what lanes are for.
        const bool own = hold.reason == qualys::hold_reason::concurrency && !quota.is_crowded();
        if (hold.reason != qualys::hold_reason::none && !own)
        {
            one.blocked_until = time.wall_time(hold.until);
            one.reason = word(hold.reason);
        }
        all.push_back(std::move(one));
    }
    return all;
}

}  // namespace qdc::collect
