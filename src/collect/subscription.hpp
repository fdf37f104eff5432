#pragma once

#include "collect/call_limits.hpp"
#include "collect/source_clock.hpp"
#include "ports/reports.hpp"
#include "ports/time_source.hpp"
#include "qualys/api_versions.hpp"
#include "qualys/quota.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qdc::collect
{

/// Calls of one service that are under way at once with `lanes: auto`. More would hardly be faster, and each costs
/// memory.
inline constexpr int most_lanes = 8;

/// Why a service may not call yet, and until when. The words go into log, metrics and status.
struct call_hold
{
    time_source::time_point until;
    std::string_view reason;  ///< "quota", "concurrency", "limit", "requests_limits", "login"
    std::string text;         ///< for people, without the time
};

/// The calls of one endpoint that may run at once, and those that do.
struct concurrency
{
    std::optional<std::uint64_t> limit;    ///< for everybody, as the last answer reported
    std::optional<std::uint64_t> running;  ///< then, of everybody; it may or may not count the call that it answered
    std::uint64_t ours{0};                 ///< now
};

/// What all services of one input share, because Qualys counts it for the subscription: the quota of each endpoint, the
/// versions in use, and whether the login is known to be good. A wait at one endpoint does not hold up the others.
class subscription
{
public:
    /// `share`: the part of the calls that we may use, in (0, 1].
    subscription(std::string input, double share, qualys::api_versions versions, call_limits configured);

    /// Nothing: the call may begin, and counts from now on. `own`: the configured limits of the service that asks.
    std::optional<call_hold> ask(const qualys::endpoint& endpoint, const call_limits& own, const time_source& time);

    /// The number of the call that ask() let through last.
    std::uint64_t last_call() const noexcept { return last_call_; }

    /// The header of that call's answer is there, and reports these limits.
    void received(
        const qualys::endpoint& endpoint, const qualys::limits& limits, std::uint64_t call, const time_source& time
    );

    /// That call is over.
    void ended(const qualys::endpoint& endpoint, std::uint64_t call, const time_source& time);

    /// Both at once, of the call that began first.
    void answered(const qualys::endpoint& endpoint, const qualys::limits& limits, const time_source& time);

    concurrency places(const qualys::endpoint& endpoint);

    /// How many calls of one service may be under way at once. `wanted`: as configured; nothing: as many as are ours,
    /// at most most_lanes. Before a limit is known: 1.
    std::uint64_t lanes(const qualys::endpoint& endpoint, std::optional<int> wanted, const time_source& time);

    /// A call was refused because too many ran: for 10 minutes one less is ours.
    void crowded(const qualys::endpoint& endpoint, const time_source& time);

    /// Qualys does not want to be asked again before `until`.
    void block(const qualys::endpoint& endpoint, time_source::time_point until) { quota_of(endpoint).blocked(until); }

    /// How often the login came into doubt. A call that went out before the last time proves nothing: Qualys looks at the
    /// login when a call comes, and a long answer may end after the password has changed.
    std::uint32_t login_doubts() const noexcept { return doubts_; }

    /// An answer came that was no refused login; the call went out when there were so many doubts.
    void login_good(std::uint32_t doubts);

    /// A call was refused, and a light call is to show why. Until settle_login() no other call of the input begins.
    void doubt_login(const time_source& time);

    /// The light call has ended, or was stopped.
    void settle_login() noexcept { looked_into_since_.reset(); }

    /// Whether a light call is looking into a refused login.
    bool is_login_looked_into() const noexcept { return looked_into_since_.has_value(); }

    bool login_is_good() const noexcept { return login_known_; }

    /// The call said nothing about the login, good or bad: the next one may.
    void login_unknown() { asked_first_.reset(); }

    /// The light call was refused as well: no service of this input calls for a while, longer each time. False: it went
    /// out before the last doubt, so its refusal is counted already.
    bool login_refused(std::uint32_t doubts, const time_source& time);

    /// In a row.
    std::uint32_t refused_logins() const noexcept { return refused_; }

    /// With refused_logins(): when the first of them was refused.
    time_source::time_point login_refused_since() const noexcept { return refused_since_; }

    /// Until when the input pauses because its login was refused.
    std::optional<time_source::time_point> login_pause(const time_source& time) const;

    /// Qualys' own clock.
    source_clock& clock() noexcept { return clock_; }

    qualys::api_versions& versions() noexcept { return versions_; }

    const std::string& input() const noexcept { return input_; }

    /// For the status: one for each endpoint that was ever asked.
    std::vector<quota_report> report(const time_source& time);

private:
    qualys::quota& quota_of(const qualys::endpoint& endpoint);
    std::optional<call_hold> hold_of_login(const time_source& time) const;
    void count(const qualys::endpoint& endpoint, const call_limits& own, time_source::time_point now);

    std::string input_;
    double share_;
    qualys::api_versions versions_;
    source_clock clock_;
    call_limits configured_;
    std::map<qualys::endpoint_ref, qualys::quota> quotas_;
    std::uint64_t last_call_{0};
    bool login_known_{false};  ///< some answer since the start, or since the last refusal, was no refused login
    std::optional<time_source::time_point> asked_first_;  ///< the call that will show whether the login is good
    std::optional<time_source::time_point> looked_into_since_;
    std::optional<time_source::time_point> pause_until_;
    std::uint32_t doubts_{0};
    time_source::time_point refused_since_{};
    std::uint32_t refused_{0};  ///< in a row
};

/// While it lives, a light call looks into a refused login and holds back all other calls of the input.
class login_look
{
public:
    login_look(subscription& shared, const time_source& time) : shared_(shared) { shared_.doubt_login(time); }

    ~login_look() { shared_.settle_login(); }

    login_look(const login_look&) = delete;
    login_look& operator=(const login_look&) = delete;

private:
    subscription& shared_;
};

/// How long is rested after `times` refused logins in a row: 60 s, doubling to an hour, because repeated bad logins
/// lock the account.
std::chrono::seconds login_pause_after(std::uint32_t times);

}  // namespace qdc::collect
