#include "net/proxy.hpp"

#include "base/basic_authorization.hpp"
#include "base/number.hpp"
#include "base/text.hpp"

#include <boost/beast/http/status.hpp>
#include <boost/url/authority_view.hpp>

#include <cstdint>
#include <cstdlib>

namespace qdc::net
{

namespace urls = boost::urls;
namespace http = boost::beast::http;

namespace
{

// What Squid and most that followed listen on.
constexpr const char* usual_port = "3128";

class proxy_errors final : public boost::system::error_category
{
public:
    const char* name() const noexcept override { return "proxy"; }

    std::string message(int value) const override
    {
        switch (static_cast<proxy_fault>(value))
        {
            case proxy_fault::silent:
                return "the proxy did not answer in time";
            case proxy_fault::closed:
                return "the proxy ended the connection without an answer";
            case proxy_fault::not_http:
                return "the proxy's answer is not HTTP";
            case proxy_fault::login_wanted:
                return "the proxy wants a login (407)";
        }
        const auto status = http::int_to_status(static_cast<unsigned>(value));
        if (status == http::status::proxy_authentication_required)
            return "the proxy refused its login (407)";
        const std::string known =
            status == http::status::unknown ? "" : ' ' + std::string(http::obsolete_reason(status));
        return "the proxy refused to connect: HTTP status " + std::to_string(value) + known;
    }
};

/// Takes the scheme off; fails when it is not ours.
explained<void> take_scheme(std::string_view& url)
{
    // Without a scheme it is HTTP: "proxy:3128".
    const auto end = url.find("://");
    if (end == std::string_view::npos)
        return {};
    const auto scheme = url.substr(0, end);
    url.remove_prefix(end + 3);
    if (same_letters(scheme, "http"))
        return {};
    if (same_letters(scheme, "https"))
        return std::string("a proxy that is itself spoken to in TLS (https://) is not supported, use http://");
    return std::string("only proxies with http:// are supported");
}

/// The first of two variables that says something.
std::string variable(const char* upper, const char* lower)
{
    for (const auto* const name : {upper, lower})
        if (const auto* const value = std::getenv(name); value != nullptr && *value != '\0')
            return value;
    return {};
}

}  // namespace

const boost::system::error_category& proxy_category() noexcept
{
    static const proxy_errors instance;
    return instance;
}

explained<proxy> parse_proxy(std::string_view url)
{
    // Step by step off the text: "http://", the "/" at its end; what is left is user:password@host:port.
    if (const auto known = take_scheme(url); !known)
        return known.error();
    if (url.ends_with('/'))
        url.remove_suffix(1);
    const auto parsed = urls::parse_authority({url.data(), url.size()});
    // The error must not repeat the text: it may hold a password.
    if (!parsed || parsed->host().empty())
        return std::string(
            "it does not read http://user:password@host:port; special characters of user and password are "
            "written as in a URL, %40 for @"
        );
    proxy made;
    made.at.host = parsed->host_address();
    made.at.port = parsed->port().empty() ? usual_port : std::string(parsed->port());
    if (number_in<std::uint16_t>(made.at.port).value_or(0) == 0)
        return std::string("its port is not between 1 and 65535");
    if (parsed->has_userinfo())
        made.authorization = basic_authorization(parsed->user(), secret(parsed->password()));
    return made;
}

proxy_environment proxy_environment::read()
{
    return {secret(variable("HTTPS_PROXY", "https_proxy")), variable("NO_PROXY", "no_proxy")};
}

explained<std::optional<proxy>>
choose_proxy(std::string_view configured, const proxy_environment& environment, const peer& to)
{
    // Words of the configuration that switch every proxy off.
    if (same_letters(configured, "none") || same_letters(configured, "direct"))
        return std::nullopt;
    // The environment only counts where the configuration is silent, and NO_PROXY only for the environment.
    const bool is_own = !configured.empty();
    if (!is_own && (environment.https_proxy.empty() || bypasses(environment.no_proxy, to)))
        return std::nullopt;
    auto made = parse_proxy(is_own ? configured : environment.https_proxy.reveal());
    if (!made)
        return (is_own ? "" : "the environment's HTTPS_PROXY: ") + made.error();
    return std::optional(std::move(*made));
}

}  // namespace qdc::net
