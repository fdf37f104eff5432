#include "qualys/refusal.hpp"

#include <array>

namespace qdc::qualys
{
namespace
{

constexpr unsigned any = 0;
constexpr int rate_limit = 1965;

/// One row: the first that fits decides. `any` fits every status or code.
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
    row{any, 2003, 2003, remedy::login, "the account's registration has to be completed in the Qualys user interface"},
    row{401, any, any, remedy::login, "user name or password are wrong, or API access is off for this account"},
    row{403, any, any, remedy::login, "the account lacks the permission for this call"},
    row{any, 1960, 1960, remedy::short_wait, "too many calls run at once on this subscription"},
    row{any, rate_limit, rate_limit, remedy::wait, "the subscription's calls for this period are used up"},
    row{any, 1901, 1919, remedy::next_period, "a parameter is not accepted"},
    row{any, 1922, 1922, remedy::next_period, "a parameter is missing"},
    row{any, 1920, 1920, remedy::short_wait, "the call is blocked for the moment"},
    row{any, 2014, 2014, remedy::short_wait, "too many logins at once"},
    row{any, 999, 999, remedy::back_off, "internal error at Qualys"},
    row{404, any, any, remedy::other_version, "the address is unknown: this version of the API may be retired"},
    row{410, any, any, remedy::other_version, "this version of the API is retired"},
    row{409, any, any, remedy::wait, "a limit of the subscription is reached"},
    row{429, any, any, remedy::wait, "a limit of the subscription is reached"},
    row{400, any, any, remedy::next_period, "the request is not accepted"},
};

bool fits(const row& line, const refusal& what)
{
    const bool status = line.status == any || line.status == what.status;
    const bool code = line.first_code == 0 || (what.code >= line.first_code && what.code <= line.last_code);
    return status && code;
}

}  // namespace

std::string describe(const refusal& what)
{
    std::string text = "HTTP " + std::to_string(what.status);
    if (what.code != 0)
        text += ", code " + std::to_string(what.code);
    if (!what.text.empty())
        text += ": " + what.text;
    return text;
}

verdict judge(const refusal& what)
{
    for (const auto& line : table)
    {
        if (!fits(line, what))
            continue;
        // A limit without a time is one on calls at once, unless the code says otherwise.
        if (line.what == remedy::wait && !what.wait)
            return {what.code == rate_limit ? remedy::back_off : remedy::short_wait, line.meaning};
        return {line.what, line.meaning};
    }
    if (what.status >= 300 && what.status < 400)
        return {remedy::next_period, "redirects are not followed: credentials go to the configured host only"};
    if (what.status >= 400 && what.status < 500)
        return {remedy::next_period, "the request is not accepted"};
    return {remedy::back_off, "the service is not available for the moment"};
}

}  // namespace qdc::qualys
