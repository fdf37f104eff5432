#include "settings/readers.hpp"
#include "settings/values.hpp"

namespace qdc::settings
{

secret read_proxy(const section& where)
{
    const auto proxy = where.secret_text("proxy");
    if (proxy.empty() || proxy == "none" || proxy == "direct")
        return secret(proxy);
    const auto scheme = scheme_of(proxy);
    auto host = std::string_view(proxy).substr(scheme.empty() ? 0 : scheme.size() + 3);
    if (const auto at = host.rfind('@'); at != host.npos)
        host.remove_prefix(at + 1);
    if (host.ends_with('/'))
        host.remove_suffix(1);
    if (lower(scheme) != "http")
        where.error("proxy", "does not begin with http://", "write http://[user:password@]host:port, or none");
    else if (const auto place = parse_endpoint(host); !place || place->port.empty())
        where.error("proxy", "has no host and port", "write http://[user:password@]host:port, or none");
    return secret(proxy);
}

}  // namespace qdc::settings
