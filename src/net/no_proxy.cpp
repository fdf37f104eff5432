#include "net/proxy.hpp"

#include "base/text.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

#include <algorithm>

namespace qdc::net
{

namespace ip = boost::asio::ip;

namespace
{

/// The IP address that a text spells; nothing for a name.
std::optional<ip::address> address_in(std::string_view text)
{
    error_code ec;
    const auto made = ip::make_address(std::string(text), ec);
    return ec ? std::nullopt : std::optional(made);
}

/// Whether a network like "10.0.0.0/8" holds that address: 10.1.2.3 cut to the network's 8 bits gives 10.0.0.0/8.
bool in_network(const std::string& network, const ip::address& address)
{
    error_code ec;
    if (address.is_v4())
    {
        const auto range = ip::make_network_v4(network, ec);
        return !ec && ip::network_v4(address.to_v4(), range.prefix_length()).canonical() == range.canonical();
    }
    const auto range = ip::make_network_v6(network, ec);
    return !ec && ip::network_v6(address.to_v6(), range.prefix_length()).canonical() == range.canonical();
}

/// In lower case, without a dot at the end.
std::string plain_name(std::string_view name)
{
    if (name.ends_with('.'))
        name.remove_suffix(1);
    return lowered(name);
}

/// Takes a port off an entry, and brackets; an address of IPv6 without brackets has no port.
std::string_view take_port(std::string_view& entry)
{
    // Examples: "[fd00::1]:443" leaves "fd00::1" and gives "443"; "a.example:80" gives "80"; "fd00::1" gives no port.
    const auto bracket = entry.find(']');
    const auto colon = entry.rfind(':');
    std::string_view port;
    const bool bare_address = bracket == std::string_view::npos && entry.find(':') != colon;
    if (colon != std::string_view::npos && !bare_address && (bracket == std::string_view::npos || colon > bracket))
    {
        port = entry.substr(colon + 1);
        entry = entry.substr(0, colon);
    }
    if (entry.starts_with('[') && entry.ends_with(']'))
        entry = entry.substr(1, entry.size() - 2);
    return port;
}

/// Whether one entry of the list stands for `to`.
bool names(std::string_view entry, const peer& to)
{
    if (entry == "*")
        return true;
    // An entry with a port counts for that port only.
    const auto port = take_port(entry);
    if (!port.empty() && port != to.port)
        return false;
    // An address is compared with addresses and networks, never with names.
    if (const auto address = address_in(to.host))
        return address_in(entry) == address || in_network(std::string(entry), *address);
    // ".example.com" and "example.com" are the same: the name itself and everything below it.
    while (entry.starts_with('.'))
        entry.remove_prefix(1);
    const auto wanted = plain_name(entry);
    const auto host = plain_name(to.host);
    return !wanted.empty() && (host == wanted || host.ends_with('.' + wanted));
}

}  // namespace

bool bypasses(std::string_view no_proxy, const peer& to)
{
    constexpr std::string_view between = ", \t";
    while (!no_proxy.empty())
    {
        const auto size = std::min(no_proxy.find_first_of(between), no_proxy.size());
        if (size != 0 && names(no_proxy.substr(0, size), to))
            return true;
        no_proxy.remove_prefix(std::min(size + 1, no_proxy.size()));
    }
    return false;
}

}  // namespace qdc::net
