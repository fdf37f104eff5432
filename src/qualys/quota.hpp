#pragma once

#include "qualys/limits.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace qdc::qualys
{

/// Why a call has to wait.
enum class hold_reason
{
    none,
    quota,        ///< the calls that we may use are used up, or nearly
    concurrency,  ///< as many calls are under way as we may use
    limit,        ///< Qualys refused a call and named a time, or has to be left alone for a moment
};

/// When the next call may begin, and what for it waits until then.
struct hold
{
    std::chrono::steady_clock::time_point until{};
    hold_reason reason{hold_reason::none};
};

/// The limits of one endpoint, as its answers report them, and our part of them. Pure: the time is an argument.
///
/// A subscription's calls are counted over a sliding window, for all its users and tools together. We use at most
/// `share` of them, and stop early when others use more than the rest: so much is always left for them. Then one call
/// in each twentieth of the window still goes out; its answer shows how things stand, so nothing starves and nothing is
/// stale.
class quota
{
public:
    using time_point = std::chrono::steady_clock::time_point;

    /// `share`: our part of the calls and places, in (0, 1].
    explicit quota(double share) : share_(share) {}

    /// When a call may begin: at `now` with hold_reason::none, or later.
    hold next(time_point now);

    /// A call begins. Its number.
    std::uint64_t begun(time_point now);

    /// The header of a call's answer is there; `limits` are those that it reports.
    void received(const limits& limits, time_point now, std::uint64_t call);

    /// That call is over; `limits`: what received() was not given before, if anything.
    void ended(const limits& limits, time_point now, std::uint64_t call);

    /// The same, of the call that began first.
    void ended(const limits& limits, time_point now) { ended(limits, now, calls_.empty() ? 0 : calls_.front().number); }

    /// Qualys refused a call: nothing is asked before `until`.
    void blocked(time_point until) { blocked_until_ = until; }

    /// Qualys refused a call because too many ran: until then one place less is ours.
    void crowded(time_point until) { given_up_.push_back(until); }

    /// Calls left in the window, by our reckoning; nothing before the first answer.
    std::optional<std::uint64_t> remaining(time_point now);

    const limits& reported() const noexcept { return reported_; }

    /// How many calls of ours may run at once: our share, rounded, less what others use and what was given up, but
    /// always one. As many as there are, as long as no answer has reported any.
    std::uint64_t places(time_point now);

    /// Calls of others that ran when an answer of the last minute began, as far as they cannot have been ours.
    std::uint64_t others() const noexcept { return others_; }

    /// Whether places that would be ours are taken: others use them, or a call of ours was refused for lack of one.
    bool is_crowded() const noexcept { return others_ != 0 || !given_up_.empty(); }

    /// Whether an answer has come, whatever it reported.
    bool answered() const noexcept { return answered_; }

    std::uint64_t running() const noexcept { return calls_.size(); }

private:
    /// A call under way.
    struct running_call
    {
        std::uint64_t number;
        std::uint64_t peak;  ///< the most calls of ours that ran since it began
    };

    std::uint64_t share_of(std::uint64_t total) const;
    void forget_old(time_point now);
    time_point free_by_rate(time_point now);

    double share_;
    limits reported_;  ///< by the last answer that said anything
    time_point reported_at_{};
    std::uint64_t begun_since_{0};     ///< calls of ours that the reporting answer did not count
    std::uint64_t expired_since_{0};   ///< calls of ours that it counted and that left the window
    std::deque<time_point> own_;       ///< our calls within the window, oldest first
    std::vector<running_call> calls_;  ///< under way, oldest first
    std::uint64_t last_number_{0};
    std::uint64_t others_{0};
    time_point others_until_{};  ///< then a lower number is believed
    bool answered_{false};
    std::deque<time_point> given_up_;  ///< until when each of these places is not ours
    std::optional<time_point> blocked_until_;
};

}  // namespace qdc::qualys
