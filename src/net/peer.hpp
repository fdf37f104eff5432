#pragma once

#include <string>

namespace qdc::net
{

/// Where a connection goes. An IPv6 address stands without its brackets.
struct peer
{
    std::string host;
    std::string port;

    /// The host as it stands in a URL: an IPv6 address in brackets.
    std::string url_host() const { return host.find(':') == std::string::npos ? host : '[' + host + ']'; }

    std::string text() const { return url_host() + ':' + port; }
};

}  // namespace qdc::net
