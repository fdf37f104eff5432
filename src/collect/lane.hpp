#pragma once

#include "collect/attempts.hpp"
#include "collect/caller.hpp"
#include "collect/cycle.hpp"
#include "collect/decision.hpp"
#include "collect/failure_judge.hpp"
#include "ports/log.hpp"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string>

namespace qdc::collect
{

/// Makes one call after the other, each tried until it works or its failure ends the cycle. Several lanes may run beside
/// each other, each over a connection of its own:
///
/// ```
///  service.next() ─▶ place? ─▶ turn ─▶ call ─▶ done() ─────────────────────▶ the next one
///                                ▲                └▶ failed(): attempts decides ─▶ the next one, or the end of the cycle
///                                └── wait ◀──────────────┘
/// ```
///
/// A call for which there is no place goes back to the service at once, and the lane waits until another one has ended.
/// A call whose answer alone is at fault lends its place while it waits for its next try.
class lane
{
public:
    lane(walk_parts parts, const walk_options& options, cycle& cycle);

    /// Until the service has no further call, or the cycle has ended.
    boost::asio::awaitable<void> run();

private:
    std::unique_ptr<services::exchange> take_next();
    bool may_join();
    bool is_full(const qualys::endpoint& endpoint);
    boost::asio::awaitable<void> pursue(services::exchange& exchange, call_place& place);
    boost::asio::awaitable<lane_action>
    after_failure(services::exchange& exchange, const page_outcome& page, attempts& tries, call_place& place);
    boost::asio::awaitable<void> pause(lane_action action, const decision& made, call_place& place);
    boost::asio::awaitable<void> regain(call_place& place);
    void report_event(call_event event, const failed_call& failed, const std::string& position);
    void report_end(
        call_event event, const lane_action& action, const qualys::endpoint& endpoint, const failed_call& failed
    );
    std::string position_of(const services::exchange& exchange) const;
    void end_without_turn(services::exchange& exchange, const no_turn& none);
    void end_cycle(cycle_end end, const failed_call& failed, const std::string& follows);
    void note_login(const page_outcome& page);
    void page_came();
    void note_state();
    bool log_messages();

    walk_parts with_;
    const walk_options& options_;
    cycle& cycle_;
    caller caller_;
    failure_judge judge_;
};

}  // namespace qdc::collect
