#pragma once

#include "collect/cycle_end.hpp"
#include "flow/condition.hpp"
#include "ports/time_source.hpp"
#include "qualys/endpoint.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace qdc
{
class task_group;
}

namespace qdc::collect
{

/// What the lanes of one cycle share. A lane that has taken over a call holds a place (call_place) until the call is over;
/// how many places there are is the subscription's to say.
class cycle
{
public:
    explicit cycle(boost::asio::any_io_executor ex) : ex_(ex), moved_(std::move(ex)) {}

    /// A failure has ended it: no lane begins another call, and none waits any longer.
    void end_with(cycle_end end, std::string reason);

    /// With end(): why.
    const std::string& why() const noexcept { return why_; }

    /// Nothing: it goes on, or it is complete.
    std::optional<cycle_end> end() const noexcept { return end_; }

    /// Whether a lane may begin another call.
    bool goes_on() const noexcept { return !end_; }

    /// A refused login is being looked into. False: another lane does so already; one look is enough, because bad
    /// logins lock the account.
    bool doubt_login() noexcept { return std::exchange(login_, login::in_doubt) != login::in_doubt; }

    /// It was found to be good: lanes that wait in login_settled() go on.
    void trust_login();

    /// Waits while a lane looks into a refused login. Afterwards login_is_good() holds, or the cycle has ended.
    boost::asio::awaitable<void> login_settled();

    /// What the last look found.
    bool login_is_good() const noexcept { return login_ == login::good; }

    /// Sleeps until then, or until the cycle has ended.
    boost::asio::awaitable<void> wait_until(time_source& time, time_source::time_point until);

    /// Calls that have a place, all and those at one endpoint.
    std::size_t calls() const noexcept { return calls_; }

    std::size_t calls(const qualys::endpoint& endpoint) const;

    const std::map<qualys::endpoint_ref, std::size_t>& calls_by_endpoint() const noexcept { return by_endpoint_; }

    /// A call that lent its place wants one again. It comes before all that have not begun: left for the end, the calls
    /// that are hard to make would be made one after the other.
    bool is_place_wanted() const noexcept { return wanting_ != 0; }

    /// Notified when a place is free, or the cycle has ended: then there may be a call for another lane.
    condition& moved() noexcept { return moved_; }

private:
    friend class call_place;

    void begin_call(const qualys::endpoint& endpoint);
    void end_call(const qualys::endpoint& endpoint);

    /// What is known of the login that was refused in this cycle.
    enum class login
    {
        taken_for_good,  ///< none was
        in_doubt,
        good,  ///< a light call was accepted
    };

    boost::asio::any_io_executor ex_;
    condition moved_;
    std::optional<cycle_end> end_;
    std::string why_;
    login login_{login::taken_for_good};
    std::list<task_group*> waits_;
    std::map<qualys::endpoint_ref, std::size_t> by_endpoint_;
    std::size_t calls_{0};
    std::size_t wanting_{0};
};

/// The place of one call, from when a lane takes it over until it is over or given back. That does not notify moved(): the
/// lane does, once its exchange is gone.
class call_place
{
public:
    call_place(cycle& owner, const qualys::endpoint& endpoint);
    ~call_place();

    call_place(const call_place&) = delete;
    call_place& operator=(const call_place&) = delete;

    const qualys::endpoint& endpoint() const noexcept { return endpoint_; }

    /// While this call waits another one may have the place.
    void lend();

    /// It wants one again; until it has one no call begins.
    void want();

    /// It has one again, and others look for theirs.
    void take_back();

private:
    enum class hold
    {
        taken,
        lent,
        wanted,
    };

    cycle& owner_;
    qualys::endpoint_ref endpoint_;
    hold hold_{hold::taken};
};

}  // namespace qdc::collect
