#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace qdc::qualys
{

/// What came instead of an answer: a SIMPLE_RETURN with a CODE, a GENERIC_RETURN, or a bare HTTP status, then perhaps of a
/// gateway or firewall. Errors of Qualys are XML whatever format was asked for. (User guide, "SIMPLE_RETURN"; appendix D.)
struct refusal
{
    unsigned status{0};                                 ///< HTTP
    int code{0};                                        ///< Qualys' own; 0: none
    std::string text{};                                 ///< Qualys' own words; empty: none
    std::optional<std::chrono::seconds> wait{};         ///< X-RateLimit-ToWait-Sec, else SECONDS_TO_WAIT
    std::optional<std::chrono::seconds> retry_after{};  ///< Retry-After, at most an hour
    std::string beginning{};                            ///< of a body without CODE and TEXT, in words for people
    std::string redirect_host{};                        ///< whom Location names, host only
};

/// "HTTP 409, code 1965: This API cannot be run again for another 23 seconds."
std::string describe(const refusal& refused);

/// Whether Qualys itself said it, in a document of its own.
bool is_of_qualys(const refusal& refused);

/// The least wait that was asked for, in whatever way; nothing: none.
std::optional<std::chrono::seconds> asked_wait(const refusal& refused);

/// What helps against a refusal.
enum class remedy
{
    back_off,       ///< may get better by itself: try again soon, later each time
    later,          ///< the same, and Qualys says that it is not what was asked for: maintenance, or work under way
    wait,           ///< a limit, gets better at a known time: asked_wait(); nothing there: back off
    short_wait,     ///< concurrency: somebody else's call has to finish
    next_period,    ///< cannot get better by itself: try again in the next cycle
    login,          ///< the credentials are refused: trying again locks the account
    permission,     ///< this call is refused to this account; whether the login is good too, a light call shows
    other_version,  ///< nothing answers at this address: the version of the endpoint is gone, or the host is another
    other_host,     ///< a redirect: the host is another
};

/// The table of the API's refusals: condition, meaning, what is done, what the user reads. (Appendix D; "API limits".)
struct verdict
{
    remedy what{remedy::back_off};
    std::string meaning;  ///< for people: what the condition means
};

/// CODE comes before the HTTP status: an account's codes arrive with 200, 401 and 409 alike.
verdict judge(const refusal& refused);

}  // namespace qdc::qualys
