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

/// What the lanes of one cycle share.
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

    /// Calls that lanes have taken over, all and those at one endpoint.
    std::size_t calls() const noexcept { return calls_; }

    std::size_t calls(const qualys::endpoint& endpoint) const;

    const std::map<qualys::endpoint_ref, std::size_t>& calls_by_endpoint() const noexcept { return by_endpoint_; }

    /// A lane has taken over a call. Each begin_call() is followed by one end_call().
    void begin_call(const qualys::endpoint& endpoint);
    /// That call is over, or given back. Does not notify moved(): the lane does, once its exchange is gone.
    void end_call(const qualys::endpoint& endpoint);

    /// Notified when a call has ended, or the cycle has: then there may be a call for another lane.
    condition& moved() noexcept { return moved_; }

private:
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
};

}  // namespace qdc::collect
