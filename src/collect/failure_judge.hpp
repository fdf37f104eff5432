#pragma once

#include "collect/attempts.hpp"
#include "collect/caller.hpp"
#include "collect/cycle.hpp"
#include "collect/decision.hpp"
#include "ports/log.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>

namespace qdc::collect
{

/// A call that failed, as the log tells it.
struct failed_call
{
    trouble_id id{trouble_id::malformed};
    std::string cause;
    log_fields fields{};
};

/// Finds out what a failed call means. `decision` says what one answer says by itself; here comes what only another call can
/// tell, whether login and host name are right and whether anything works meanwhile, and what the service wants.
class failure_judge
{
public:
    /// Everything referred to outlives it.
    failure_judge(walk_parts parts, const walk_options& options, cycle& cycle, caller& caller)
        : with_(parts),
          options_(options),
          cycle_(cycle),
          caller_(caller)
    {
    }

    /// What follows on the failure, as an event of attempts. The service has taken note of it then.
    boost::asio::awaitable<call_event>
    judge(services::exchange& exchange, const page_outcome& page, decision made, const failed_call& failed);

private:
    services::call_failure failure_of(const decision& made) const;
    bool leave_out_parameters(services::exchange& exchange, const page_outcome& page, const failed_call& failed);
    boost::asio::awaitable<call_event> judge_login();
    boost::asio::awaitable<call_event> judge_address(const qualys::endpoint& endpoint, const failed_call& failed);

    walk_parts with_;
    const walk_options& options_;
    cycle& cycle_;
    caller& caller_;
};

}  // namespace qdc::collect
