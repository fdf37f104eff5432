#pragma once

#include "collect/account.hpp"
#include "collect/call_limits.hpp"
#include "collect/checkpoint.hpp"
#include "collect/cycle.hpp"
#include "collect/decision.hpp"
#include "collect/page.hpp"
#include "collect/subscription.hpp"
#include "ports/http_stream.hpp"
#include "ports/log.hpp"
#include "ports/sink.hpp"
#include "ports/time_source.hpp"
#include "services/service.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace qdc::collect
{

/// What a cycle works with; everything outlives it.
struct walk_parts
{
    services::service& service;
    http_stream& source;
    sink& out;
    checkpoint& saved;
    subscription& shared;
    account& reports;
    time_source& time;
    const log_origin& log;
    const std::function<double()>& jitter;  ///< a number in [0, 1)

    /// The same, over another connection.
    walk_parts over(http_stream& other) const
    {
        return {service, other, out, saved, shared, reports, time, log, jitter};
    }
};

struct walk_options
{
    std::string service;  ///< name, for messages
    secret authorization;
    call_limits limits;  ///< of this service alone
    /// How long transient faults are retried; nothing: forever.
    std::optional<std::chrono::seconds> give_up_after;
    std::optional<int> lanes;               ///< calls under way at once, as configured; nothing: as many as are ours
    std::chrono::seconds settle_delay{60};  ///< a larger difference between our clock and Qualys' is worth a warning
};

/// Why a call may not go out in this cycle, or not within its patience.
struct no_turn
{
    cycle_end end;
    trouble_id id;
    std::string cause;
};

/// What the log's members say of an answer.
log_fields fields_of(const page_outcome& page, const std::string& pulling_id);

/// Makes the calls of one lane, each when it is its turn, over a connection of its own.
class caller
{
public:
    caller(walk_parts parts, const walk_options& options, cycle& cycle) : with_(parts), options_(options), cycle_(cycle)
    {
    }

    /// Waits until a call may go out: quota, concurrency, login; at most for `patience` altogether, when there is one.
    /// Nothing: now it may.
    boost::asio::awaitable<std::optional<no_turn>>
    await_turn(const qualys::endpoint& endpoint, std::optional<std::chrono::seconds> patience);

    /// Makes the exchange's call; its events go into the outbox while they come.
    boost::asio::awaitable<page_outcome> make(services::exchange& exchange);

    /// The smallest call there is: it shows whether host and login are right, when another call failed.
    boost::asio::awaitable<light_verdict> light_call();

    /// The answer to the last call showed that the login is good.
    void note_good_login();

    /// subscription::login_doubts() when the last call went out.
    std::uint32_t login_doubts() const noexcept { return doubts_; }

    /// The version that was asked for is gone; true: from now on an older one is asked for.
    bool take_older_version(const qualys::endpoint& endpoint, const std::string& cause, const log_fields& fields);

    /// "host_list: asking /api/5.0/fo/asset/host/ at qualysapi.example:443".
    std::string describe(const qualys::endpoint& endpoint, const std::string& attempt) const;

private:
    void note_clock(const page_outcome& page);

    walk_parts with_;
    const walk_options& options_;
    cycle& cycle_;
    std::uint32_t doubts_{0};
};

}  // namespace qdc::collect
