#pragma once

#include "collect/page.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace qdc::collect
{

/// What follows on a call that went wrong.
enum class next_step
{
    retry,       ///< the same call again after `wait`, in this cycle
    next_cycle,  ///< this cycle ends; the next one goes on where it stopped
    login,       ///< the credentials are refused: the service rests, longer each time
    retired,     ///< this version of the endpoint is gone
};

struct decision
{
    next_step step{next_step::retry};
    std::chrono::milliseconds wait{0};  ///< with `retry`
    std::string cause;                  ///< what came back, for people
};

/// Decides from what went wrong alone. `attempt` counts the failures in a row, from 1; `jitter` is in [0, 1).
///
/// | what happened                                       | what follows                                              |
/// |-----------------------------------------------------|-----------------------------------------------------------|
/// | no connection, reset, timeout, cut body             | retry, 1 s doubling to 60 s                               |
/// | broken XML or gzip, HTML, another document          | the same: the next answer may be whole                    |
/// | XML entities, a cursor that stands still, a record  | next cycle: asking again gives the same                   |
/// | beyond the limit                                    |                                                           |
/// | a refusal                                           | qualys::judge                                             |
decision decide(const page_outcome& page, std::uint32_t attempt, double jitter);

/// How long a service rests after `times` refused logins in a row: 60 s, doubling to an hour, because repeated bad logins
/// lock the account.
std::chrono::seconds login_rest(std::uint32_t times);

}  // namespace qdc::collect
