#pragma once

#include <string>

namespace qdc::net
{

/// Where a connection goes. An IPv6 address stands without its brackets.
struct peer
{
    std::string host;  ///< as configured: a dot at its end keeps search domains away
    std::string port;

    /// The host without the dot at its end: what TLS, HTTP and people call it (RFC 6066, section 3).
    std::string name() const { return host.size() > 1 && host.ends_with('.') ? host.substr(0, host.size() - 1) : host; }

    /// The name as it stands in a URL: an IPv6 address in brackets.
    std::string url_host() const { return host.find(':') == std::string::npos ? name() : '[' + host + ']'; }

    std::string text() const { return url_host() + ':' + port; }
};

}  // namespace qdc::net
