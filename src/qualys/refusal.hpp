#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace qdc::qualys
{

/// What the API said instead of an answer: a SIMPLE_RETURN with a CODE, a GENERIC_RETURN, or a bare HTTP status.
/// Errors are XML whatever format was asked for. (User guide, "SIMPLE_RETURN"; appendix D, error codes.)
struct refusal
{
    unsigned status{0};                        ///< HTTP
    int code{0};                               ///< Qualys' own; 0: none
    std::string text;                          ///< Qualys' own words; empty: none
    std::optional<std::chrono::seconds> wait;  ///< X-RateLimit-ToWait-Sec, else SECONDS_TO_WAIT
};

/// "HTTP 409, code 1965: This API cannot be run again for another 23 seconds."
std::string describe(const refusal& what);

/// What helps against a refusal.
enum class remedy
{
    back_off,       ///< gets better by itself: try again soon, later each time
    wait,           ///< gets better at a known time: refusal::wait
    short_wait,     ///< concurrency: somebody else's call has to finish
    next_period,    ///< cannot get better by itself: try again in the next cycle
    login,          ///< the credentials are refused: trying again locks the account
    other_version,  ///< this version of the endpoint is gone
};

/// The table of the API's refusals: condition, meaning, what is done, what the user reads. (Appendix D; "API limits".)
struct verdict
{
    remedy what{remedy::back_off};
    std::string meaning;  ///< for people: what the condition means
};

verdict judge(const refusal& what);

}  // namespace qdc::qualys
