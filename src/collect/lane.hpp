#pragma once

#include "collect/attempts.hpp"
#include "collect/caller.hpp"
#include "collect/decision.hpp"
#include "flow/condition.hpp"
#include "ports/log.hpp"

#include <boost/asio/awaitable.hpp>

#include <optional>
#include <string>

namespace qdc::collect
{

/// What the lanes of one cycle share.
struct cycle_state
{
    std::optional<cycle_end> end;  ///< a failure has ended the cycle: no lane begins another call
    std::string why;               ///< with it
};

/// A call that failed, as the log tells it.
struct failed_call
{
    trouble_id id{trouble_id::malformed};
    std::string cause;
    log_fields fields{};
};

/// Makes one call after the other, each tried until it works or its failure ends the cycle. Several lanes may run beside
/// each other, each over a connection of its own:
///
/// ```
///  service.next() ─▶ turn ─▶ call ─▶ done() ─────────────────────▶ the next one
///                     ▲                └▶ failed(): attempts decides ─▶ the next one, or the end of the cycle
///                     └── wait ◀──────────────┘
/// ```
class lane
{
public:
    /// `moved` is notified when an exchange has ended: then there may be a call for another lane.
    lane(walk_parts parts, const walk_options& options, cycle_state& cycle, condition& moved);

    /// Until the service has no further call, or the cycle has ended.
    boost::asio::awaitable<void> run();

private:
    boost::asio::awaitable<void> pursue(services::exchange& exchange);
    boost::asio::awaitable<lane_action>
    after_failure(services::exchange& exchange, const page_outcome& page, attempts& tries);
    boost::asio::awaitable<void> pause(const qualys::endpoint& endpoint, lane_action action, const decision& made);
    boost::asio::awaitable<call_event>
    judge(services::exchange& exchange, services::call_failure failure, decision made, std::string cause);
    services::call_failure failure_of(const page_outcome& page, const decision& made) const;
    bool leave_out_parameters(services::exchange& exchange, const page_outcome& page, const failed_call& failed);
    boost::asio::awaitable<call_event> judge_login();
    boost::asio::awaitable<call_event> judge_address(const qualys::endpoint& endpoint, std::string cause);
    void report_event(call_event event, const failed_call& failed, const std::string& place);
    void report_end(
        call_event event, const lane_action& action, const qualys::endpoint& endpoint, const failed_call& failed
    );
    void end_without_turn(const no_turn& none);
    void end_cycle(cycle_end end, const failed_call& failed, const std::string& follows);
    void note_login(const page_outcome& page);
    void page_came();
    void note_state();
    bool log_messages();

    walk_parts with_;
    const walk_options& options_;
    cycle_state& cycle_;
    condition& moved_;
    caller caller_;
};

}  // namespace qdc::collect
