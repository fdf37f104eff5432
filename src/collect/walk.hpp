#pragma once

#include "collect/account.hpp"
#include "collect/checkpoint.hpp"
#include "collect/decision.hpp"
#include "collect/page.hpp"
#include "collect/page_size.hpp"
#include "collect/subscription.hpp"
#include "ports/http_stream.hpp"
#include "ports/log.hpp"
#include "ports/sink.hpp"
#include "ports/time_source.hpp"
#include "services/service.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <functional>
#include <optional>
#include <string>

namespace qdc::collect
{

/// How a cycle ended.
enum class cycle_end
{
    complete,  ///< everything of the window is confirmed and checkpointed
    partial,   ///< the same, but for records in quarantine
    failed,    ///< the next cycle goes on where this one stopped
    login,     ///< the credentials were refused
    retired,   ///< the API version is gone
};

/// "complete" …: the word in metrics and receipts.
std::string_view name(cycle_end how);

/// What a walk works with; everything outlives it.
struct walk_parts
{
    services::service& service;
    http_stream& source;
    sink& out;
    checkpoint& saved;
    subscription& shared;
    account& told;
    page_size& size;
    time_source& time;
    const log_origin& log;
    const std::function<double()>& jitter;  ///< a number in [0, 1)
};

struct walk_options
{
    std::string service;  ///< name, for messages
    secret authorization;
    call_limits limits;  ///< of this service alone
    /// How long transient faults are retried; nothing: for ever.
    std::optional<std::chrono::seconds> give_up_after;
};

/// The calls of one cycle, each tried until it works or its failure ends the cycle.
class walk
{
public:
    walk(walk_parts parts, const walk_options& options) : with_(parts), options_(options) {}

    boost::asio::awaitable<cycle_end> run();

    /// With any end but `complete`: why.
    const std::string& why() const noexcept { return why_; }

private:
    /// What comes after a failed call: another one, or the end.
    using next = std::optional<cycle_end>;

    boost::asio::awaitable<next> await_turn(const qualys::endpoint& which);
    boost::asio::awaitable<page_outcome> make(qualys::call call);
    void page_came();
    void tell_login(const page_outcome& page);
    boost::asio::awaitable<next> after_failure(qualys::call call, page_outcome page);
    boost::asio::awaitable<void> try_again(const qualys::endpoint& which, decision made, std::string what);
    boost::asio::awaitable<light_verdict> light_call();
    boost::asio::awaitable<next> after_refused_login(std::string what);
    boost::asio::awaitable<next> after_unknown_address(qualys::call call, std::string what);
    boost::asio::awaitable<bool> goes_on_without(decision made, std::string what);
    boost::asio::awaitable<bool> leave_out(decision made, std::string what);
    bool other_version(const qualys::call& call, const std::string& what);
    bool log_messages();
    next give_up(cycle_end how, const std::string& what, std::string_view follows);
    http_request request_for(const qualys::call& call) const;
    std::string what_was_tried(const qualys::call& call, const std::string& attempt) const;

    walk_parts with_;
    const walk_options& options_;
    std::uint32_t failures_{0};      ///< in a row
    std::uint32_t failed_alone_{0};  ///< of those: of a page of one record, when less might have helped
    bool shrunk_{false};             ///< the last failure made the page smaller, and patience counts on
    std::string place_;              ///< where the last failure was
    time_source::time_point failing_since_{};
    bool skipped_{false};
    std::string why_;
};

}  // namespace qdc::collect
