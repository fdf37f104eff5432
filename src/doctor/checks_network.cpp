#include "doctor/checks_network.hpp"

#include "base/count_of.hpp"
#include "net/connect.hpp"
#include "net/name_lookup.hpp"
#include "net/tls_context.hpp"

#include <boost/asio/error.hpp>

#include <fmt/format.h>

#include <openssl/x509_vfy.h>

#include <algorithm>
#include <set>
#include <utility>

namespace qdc::doctor
{

namespace asio = boost::asio;

namespace
{

/// The addresses, each once, with commas between.
std::string joined(const net::tcp_addresses& addresses)
{
    std::set<std::string> seen;
    std::string out;
    for (const auto& one : addresses)
        if (const auto text = one.address().to_string(); seen.insert(text).second)
            out += (out.empty() ? "" : ", ") + text;
    return out;
}

/// What helps against a certificate that OpenSSL refused with that code (X509_V_ERR_…).
std::string fix_of_certificate(int code, const connection_keys& keys)
{
    switch (code)
    {
        case X509_V_ERR_CERT_HAS_EXPIRED:
            return "the other side has to renew its certificate; if it is good elsewhere, this machine's clock is "
                   "wrong";
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return "this machine's clock is behind: set it (NTP)";
        case X509_V_ERR_HOSTNAME_MISMATCH:
        case X509_V_ERR_IP_ADDRESS_MISMATCH:
            return keys.address + " has to be a name that stands in the certificate";
        default:
            return keys.ca_file + " has to name the CA that signed this certificate, or that of a gateway which "
                                  "inspects TLS";
    }
}

/// Through which proxy the way leads, if any.
void note_proxy(const way& chosen, check_notes& notes)
{
    if (!chosen.fault.empty())
        notes.fail("proxy", chosen.fault, "correct " + chosen.from);
    else if (chosen.via)
        notes.ok("proxy", chosen.via->text() + ", from " + chosen.from);
    else
        notes.ok("proxy", "none");
}

/// Says which addresses it has. False: it has none.
asio::awaitable<bool> check_name(net::peer peer, net::connection::limit within, check_notes& notes)
{
    const auto found = co_await net::resolve(peer, within);
    if (found)
        notes.ok("name resolution", peer.host + " is " + joined(*found));
    else
        notes.fail(
            "name resolution",
            peer.host + ": " + found.error().message(),
            "correct the name, or this machine's DNS (/etc/resolv.conf)"
        );
    co_return found.has_value();
}

}  // namespace

std::chrono::seconds step_limit(std::chrono::seconds configured)
{
    return std::min(configured, std::chrono::seconds(10));
}

way choose_way(const secret& configured, const net::peer& to, std::string key)
{
    way chosen;
    auto via = net::choose_proxy(configured.reveal(), net::proxy_environment::read(), to);
    if (via)
        chosen.via = std::move(*via);
    else
        chosen.fault = via.error();
    chosen.from = configured.empty() ? "HTTPS_PROXY of the environment" : std::move(key);
    return chosen;
}

std::string at_address(const net::connection& open, const way& chosen, const net::peer& to)
{
    // A configuration that has the address itself needs no second mention of it.
    const auto address = open.peer_address();
    return address.empty() || address == (chosen.via ? chosen.via->at : to).host ? "" : " at " + address;
}

asio::awaitable<std::string>
check_first_hop(way chosen, net::peer to, net::connection::limit within, check_notes& notes)
{
    // Without a proxy that is known nobody can say which name to look up.
    std::string unknown;
    if (!chosen.fault.empty())
    {
        unknown = "the proxy is not known";
        notes.skip("name resolution", unknown);
        note_proxy(chosen, notes);
        co_return unknown;
    }
    auto first = chosen.via ? chosen.via->at : std::move(to);
    const bool found = co_await check_name(std::move(first), within, notes);
    note_proxy(chosen, notes);
    if (!found)
        unknown = "the name is not known";
    co_return unknown;
}

void check_days_left(
    const std::vector<net::certificate_facts>& all,
    utc_time now,
    std::string_view check,
    std::string_view fix,
    check_notes& notes
)
{
    // Of several certificates the one that expires first counts.
    const auto first = std::ranges::min_element(all, {}, &net::certificate_facts::not_after);
    const auto left = std::chrono::floor<std::chrono::days>(first->not_after - now).count();
    const auto until = utc_seconds(first->not_after);
    const auto certificate =
        all.size() == 1 ? first->subject : fmt::format("{} certificates, first of all {}", all.size(), first->subject);
    auto days_left = fmt::format(
        "{}: {} left, until {}",
        certificate,
        count_of(static_cast<std::uint64_t>(std::max<std::int64_t>(left, 0)), "day"),
        until
    );
    // Expired; not valid yet, which is mostly a wrong clock; soon to expire; good.
    if (first->not_after <= now)
        notes.fail(check, fmt::format("{}: expired at {}", certificate, until), std::string(fix));
    else if (const auto latest = std::ranges::max_element(all, {}, &net::certificate_facts::not_before);
             latest->not_before > now)
        notes.fail(
            check,
            fmt::format("{}: not valid before {}", latest->subject, utc_seconds(latest->not_before)),
            "set this machine's clock (NTP), or wait"
        );
    else if (left < 30)
        notes.warn(check, std::move(days_left), std::string(fix));
    else
        notes.ok(check, std::move(days_left));
}

std::string fix_of(const error_code& failure, const connection_keys& keys)
{
    // The category says which part failed: the certificate, the proxy, the look-up, the kernel; what is left is TLS
    // itself.
    if (failure.category() == net::verification_error(0).category())
        return fix_of_certificate(failure.value(), keys);
    if (failure.category() == net::proxy_category())
        return "correct the proxy's address or login, or ask whoever runs it to allow this host and port" +
               (keys.proxy.empty() ? "" : "; to go without it: " + keys.proxy + ": none, or the host in NO_PROXY");
    if (failure == asio::error::connection_refused)
        return keys.first_hop + " and its port have to be right: nothing listens there";
    if (failure.category() == net::lookup_category())
        return "correct the name servers in /etc/resolv.conf, or let them be reached (port 53)";
    if (failure == asio::error::timed_out)
        return "a firewall may drop the packets: allow this host and port" +
               (keys.proxy.empty() ? "" : ", or set " + keys.proxy);
    if (failure.category() == boost::system::system_category())
        return "allow this host and port in the firewall; " + keys.first_hop + " has to be right";
    return "what answers there does not accept our TLS: " + keys.address + ", port and certificates have to be right";
}

}  // namespace qdc::doctor
