#include "qualys/refusal.hpp"

#include <algorithm>
#include <array>

// From an answer to what helps: code first, then status.
//
//   HTTP 409, code 1960            short_wait     the code's row fits, whatever the status
//   HTTP 401, no code              login          no code: the status' row
//   HTTP 409, no code, 30 s        wait           a limit, and the answer says for how long
//   HTTP 409, no code, no time     short_wait     a limit without a time is one on calls at once
//   HTTP 503                       back_off       no row fits: the hundreds of the status decide
namespace qdc::qualys
{
namespace
{

constexpr unsigned any = 0;
constexpr int no_code = -1;
constexpr int rate_limit = 1965;

/// One row: the first that fits decides. `any` fits every status or code, `no_code` an answer without one.
struct row
{
    unsigned status;
    int first_code;
    int last_code;
    remedy what;
    const char* meaning;
};

constexpr std::array table{
    row{any, 2000, 2000, remedy::login, "user name or password are wrong, or this is not the account's platform"},
    row{any, 2001, 2001, remedy::login, "the account has expired"},
    row{any, 2002, 2002, remedy::login, "the account is not active"},
    row{any, 2003, 2003, remedy::login, "the account's registration has to be completed in the Qualys user interface"},
    row{any, 2011, 2011, remedy::login, "the account wants a second factor, which an API call cannot give"},
    row{any, 2012, 2012, remedy::login, "the account's license does not allow the API"},
    row{any, 2014, 2014, remedy::login, "too many logins of this account at once"},
    row{any, 2004, 2013, remedy::login, "the account may not use the API as it is"},
    row{any, 1960, 1960, remedy::short_wait, "too many calls run at once on this subscription"},
    row{any, rate_limit, rate_limit, remedy::wait, "the subscription's calls for this period are used up"},
    row{any, 1920, 1920, remedy::short_wait, "the call is blocked for the moment"},
    row{any, 1901, 1919, remedy::next_period, "a parameter is not accepted"},
    row{any, 1922, 1922, remedy::next_period, "a parameter is missing"},
    row{any, 1981, 1981, remedy::later, "Qualys still works on this request"},
    row{any, 1999, 1999, remedy::later, "the platform is under maintenance"},
    row{any, 999, 999, remedy::back_off, "internal error at Qualys"},
    row{401, any, any, remedy::login, "user name or password are wrong, or API access is off for this account"},
    row{403, any, any, remedy::permission, "the account lacks the permission for this call"},
    row{404, any, any, remedy::other_version, "nothing is known at this address"},
    row{410, any, any, remedy::other_version, "this version of the API is retired"},
    row{408, any, any, remedy::back_off, "the request did not arrive in time"},
    row{409, no_code, no_code, remedy::wait, "a limit of the subscription is reached"},
    row{409, any, any, remedy::back_off, "something at Qualys stands in the way of this call"},
    row{429, any, any, remedy::wait, "a limit of the subscription is reached"},
    row{400, any, any, remedy::next_period, "the request is not accepted"},
};

bool fits(const row& line, const refusal& refused)
{
    if (line.status != any && line.status != refused.status)
        return false;
    // A row for answers without a code: one with a code is left to the rows below it.
    if (line.first_code == no_code)
        return refused.code == 0;
    return line.first_code == any || (refused.code >= line.first_code && refused.code <= line.last_code);
}

verdict judge_by_table(const refusal& refused)
{
    for (const auto& line : table)
    {
        if (!fits(line, refused))
            continue;
        // A limit without a time is one on calls at once, unless the code says otherwise.
        if (line.what == remedy::wait && !asked_wait(refused))
            return {refused.code == rate_limit ? remedy::wait : remedy::short_wait, line.meaning};
        return {line.what, line.meaning};
    }
    // No row fits: the kind of status decides.
    if (refused.status >= 300 && refused.status < 400)
        return {remedy::other_host, "redirects are not followed: credentials go to the configured host only"};
    if (refused.status >= 400 && refused.status < 500)
        return {remedy::next_period, "the request is not accepted"};
    return {remedy::back_off, "the service is not available for the moment"};
}

}  // namespace

std::string describe(const refusal& refused)
{
    // "HTTP 409, code 1965: This API cannot be run again for another 20 seconds."
    std::string text = "HTTP " + std::to_string(refused.status);
    if (refused.code != 0)
        text += ", code " + std::to_string(refused.code);
    if (!refused.text.empty())
        text += ": " + refused.text;
    if (!refused.redirect_host.empty())
        text += ", a redirect to " + refused.redirect_host;
    // Qualys said nothing itself: then the beginning of what came shows who answered.
    if (!is_of_qualys(refused) && !refused.beginning.empty())
        text += ", " + refused.beginning;
    return text;
}

bool is_of_qualys(const refusal& refused)
{
    return refused.code != 0 || !refused.text.empty();
}

std::optional<std::chrono::seconds> asked_wait(const refusal& refused)
{
    return std::max(refused.wait, refused.retry_after);  // nothing is less than any wait
}

verdict judge(const refusal& refused)
{
    auto found = judge_by_table(refused);
    // An answer of 401 without a document may well be Qualys': it is the login's first of all.
    if (refused.status != 200 && refused.status != 401 && !is_of_qualys(refused))
        found.meaning += "; this is no answer of the API, so a firewall, proxy or gateway may have given it";
    return found;
}

}  // namespace qdc::qualys
