#include "base/text.hpp"
#include "settings/readers.hpp"
#include "settings/values.hpp"

namespace qdc::settings
{

secret read_proxy(const section& owner, const std::string& host, const std::string& port, const external_checks& checks)
{
    // No message that is made here shows the value: it may hold a password.
    constexpr const char* form = "write http://[user:password@]host:port, or none";
    const auto proxy = owner.secret_text("proxy");
    const auto word = lowered(proxy);
    if (word == "none" || word == "direct")
        return secret(word);
    // Only host and port are looked at: in front of the last @ stands the login.
    const auto scheme = scheme_of(proxy);
    auto place = std::string_view(proxy).substr(scheme.empty() ? 0 : scheme.size() + 3);
    if (const auto position = place.rfind('@'); position != place.npos)
        place.remove_prefix(position + 1);
    if (place.ends_with('/'))
        place.remove_suffix(1);
    const auto named = parse_endpoint(place);
    // The form first, then whether the proxy can be used for this host, which another room decides.
    if (!proxy.empty() && !scheme.empty() && lowered(scheme) != "http")
        owner.error("proxy", "is a " + lowered(scheme) + ":// proxy, which is not supported", form);
    else if (!proxy.empty() && scheme.empty())
        owner.error("proxy", "does not begin with http://", form);
    else if (!proxy.empty() && (!named || named->port.empty()))
        owner.error("proxy", "has no host and port", form);
    else if (checks.proxy && !host.empty())
        if (const auto fault = checks.proxy(secret(proxy), host, port); !fault.empty())
            owner.error(
                "proxy", fault, proxy.empty() ? "correct the variable, or set `proxy` here (none: without)" : form
            );
    return secret(proxy);
}

void report_remarks(const section& owner, const std::vector<remark>& remarks)
{
    for (const auto& one : remarks)
    {
        if (one.severity == severity::error)
            owner.error(one.key, one.what, one.fix);
        else
            owner.warning(one.key, one.what, one.fix);
    }
}

}  // namespace qdc::settings
