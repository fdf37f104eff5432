#pragma once

#include "collect/page.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

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
    std::string_view reason;            ///< the same in one word, for metrics: "timeout", "cut", "login" …
    bool smaller{false};                ///< asking for less may help
    bool record{false};                 ///< it is one record that cannot be read, whatever else is asked for with it
    bool endpoint{false};               ///< nobody should ask this endpoint before `wait` is over
};

/// Decides from what went wrong alone. `attempt` counts the failures in a row, from 1; `jitter` is in [0, 1).
///
/// | what happened                                     | what follows                                               |
/// |---------------------------------------------------|------------------------------------------------------------|
/// | no connection, reset before the answer            | retry, 1 s doubling to 60 s                                |
/// | timeout, cut body, broken XML, CSV, JSON or gzip  | the same, and less is asked for                            |
/// | HTML, another document                            | retry: the next answer may be whole                        |
/// | XML entities, a cursor that stands still          | next cycle: asking again gives the same                    |
/// | a record beyond the limit                         | the same, unless the service can leave that record out     |
/// | a refusal                                         | qualys::judge; gateway timeouts (502, 504): and less       |
decision decide(const page_outcome& page, std::uint32_t attempt, double jitter);

}  // namespace qdc::collect
