#pragma once

#include "base/error.hpp"
#include "base/explained.hpp"
#include "base/secret.hpp"
#include "net/peer.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace qdc::net
{

/// An HTTP proxy that opens tunnels (CONNECT; RFC 9110, section 9.3.6). It is spoken to in plain text; TLS to the peer
/// goes through the tunnel, and the proxy resolves the peer's name.
struct proxy
{
    peer at;
    secret authorization;  ///< the complete value of Proxy-Authorization ("Basic ..."), or empty

    /// "host:port", never the login.
    std::string text() const { return at.text(); }
};

/// Reads `[http://][user:password@]host[:port][/]`; user and password are percent-decoded, the port is 3128 where none
/// is named. The error says what is wrong, without repeating the text, which may hold a password.
explained<proxy> parse_proxy(std::string_view url);

/// Whether NO_PROXY's list names `to`. Entries stand between commas or blanks: `*` is everything; a name stands for
/// itself and for all below it, with or without a dot before it; an address or a network (10.0.0.0/8, fd00::/8) for
/// addresses; `name:port` and `[address]:port` for that port only. Case and a dot at a name's end do not count.
bool bypasses(std::string_view no_proxy, const peer& to);

/// What the environment says about proxies.
struct proxy_environment
{
    secret https_proxy;    ///< HTTPS_PROXY, else https_proxy; it may hold a password
    std::string no_proxy;  ///< NO_PROXY, else no_proxy

    /// Reads the process's environment. In each pair the upper-case name counts first, an empty value like none.
    static proxy_environment read();
};

/// The way to `to`. What is configured wins: a proxy's URL, or `none` or `direct` for no proxy; empty leaves it to the
/// environment. Loopback addresses are no exception. Nothing: no proxy. An error: the text that should name one is
/// wrong.
explained<std::optional<proxy>>
choose_proxy(std::string_view configured, const proxy_environment& environment, const peer& to);

/// Why a proxy opened no tunnel. Other values of the category are the HTTP status of its answer.
enum class proxy_fault
{
    silent = 1,    ///< no answer in time
    closed,        ///< it ended the connection instead of answering
    not_http,      ///< what came is no HTTP answer, or one with an endless header
    login_wanted,  ///< status 407, and no login is configured
};

/// Codes are proxy_fault, or the HTTP status of the proxy's answer.
const boost::system::error_category& proxy_category() noexcept;

inline error_code make_error_code(proxy_fault e) noexcept
{
    return {static_cast<int>(e), proxy_category()};
}

}  // namespace qdc::net

template <>
struct boost::system::is_error_code_enum<qdc::net::proxy_fault> : std::true_type
{
};
