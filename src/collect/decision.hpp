#pragma once

#include "base/trouble_id.hpp"
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
    login,       ///< the credentials are refused: the service backs off, longer each time
    retired,  ///< nothing is known at the address: its version is gone, unless a light call shows that the host is wrong
    other_host,  ///< `hostname` is not the API server: this cycle ends, the configuration has to be corrected
};

/// Whose fault a failure is.
enum class fault
{
    record,    ///< of one host, scan or row, whatever is asked for with it
    answer,    ///< of this answer: a smaller one may come complete
    call,      ///< of what is asked, or of who asks it
    endpoint,  ///< of the address asked, or of its limits
    login,     ///< of the credentials
    platform,  ///< of Qualys, for the moment
    network,   ///< of the way there: nothing was asked yet
};

/// "record" …
std::string_view name(fault fault_kind);

struct decision
{
    next_step step{next_step::retry};
    fault whose{fault::answer};
    std::chrono::milliseconds wait{0};     ///< with `retry`
    std::chrono::milliseconds least{0};    ///< of `wait`: so much was asked for
    std::string cause;                     ///< what came back, for people
    trouble_id id{trouble_id::malformed};  ///< the same in one word, for logs and metrics
    bool smaller{false};                   ///< asking for less may help
    bool elsewhere{false};                 ///< nothing that was asked for is at fault
    bool crowded{false};                   ///< too many calls ran at once
    bool endpoint{false};                  ///< nobody should ask this endpoint before `wait` is over
};

/// Decides from what went wrong alone. `attempt` counts the failures in a row, from 1; `jitter` is in [0, 1).
///
/// | what happened                                      | whose    | what follows          | waits     | less |
/// |----------------------------------------------------|----------|-----------------------|-----------|------|
/// | look-up, connection, proxy, TLS, sending fails     | network  | retry                 | 1 to 60 s | no   |
/// | no answer in time, or an end instead of one        | answer   | retry                 | 1 to 60 s | yes  |
/// | nothing more in time, cut                          | answer   | retry                 | 1 to 60 s | yes  |
/// | broken HTTP, XML, CSV, JSON, gzip, an XML entity   | answer   | retry                 | 1 to 60 s | yes  |
/// | HTML, another document                             | answer   | retry                 | 1 to 60 s | no   |
/// | a cursor that stands still                         | answer   | next cycle            |           |      |
/// | a record beyond the limit, or of unknown id        | record   | next cycle without it |           |      |
/// | 502, 504                                           | answer   | retry                 | 1 to 60 s | yes  |
/// | other 5xx, 408, 999, 1981, 1999, other codes in 409| platform | retry                 | 1 to 60 s | no   |
/// | 1965, 429, 409 without code                        | endpoint | retry                 | as asked  | no   |
/// | 1960, 1920, a limit without a time                 | endpoint | retry                 | 30 s      | no   |
/// | 400, 1901 to 1922, other 4xx                       | call     | next cycle            |           |      |
/// | 403 without a code                                 | call     | login, light call     |           |      |
/// | 401, 2000 to 2014 with any status                  | login    | login, light call     |           |      |
/// | 404, 410                                           | endpoint | retired, light call   |           |      |
/// | 3xx                                                | endpoint | other host            |           |      |
///
/// No retry comes before the time that Qualys or a gateway asked for, at most an hour for Retry-After. 1 to 60 s:
/// doubling.
///
/// A failure that is the answer's (less may help) while a single record is asked for becomes that record's after three
/// times in a row, and only when another call succeeds meanwhile: light_verdict::good.
decision decide(const page_outcome& page, std::uint32_t attempt, double jitter);

/// What the light call shows that is made behind a failed call.
enum class light_verdict
{
    good,           ///< host and login are right: the fault is that one call's, endpoint's or record's
    login_refused,  ///< the login of the input is refused
    other_host,     ///< what answers there does not know the API: `hostname` is wrong
    unknown,        ///< no answer, or one that says nothing of it
};

light_verdict judge_light_call(const page_outcome& light);

/// What helps against next_step::other_host.
std::string hostname_advice(std::string_view input);

/// What an administrator has to grant for this service, where the login is good and its calls are refused.
std::string permission_advice(std::string_view service);

/// What helps against next_step::retired, when the light call was good. `endpoint` is its name in api_versions.
std::string version_advice(std::string_view input, std::string_view endpoint);

}  // namespace qdc::collect
