#pragma once

#include "base/error.hpp"
#include "base/secret.hpp"
#include "base/utc.hpp"
#include "doctor/checks.hpp"
#include "net/certificate.hpp"
#include "net/connection.hpp"
#include "net/peer.hpp"
#include "net/proxy.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qdc::doctor
{

/// The time limit of one step: what is configured, but somebody waits for the answer.
std::chrono::seconds step_limit(std::chrono::seconds configured);

/// The way to a peer: directly or through a proxy.
struct way
{
    std::optional<net::proxy> via;
    std::string from;   ///< where the proxy is named, or would be
    std::string fault;  ///< not empty: no proxy can be chosen

    /// "host:port", and through which proxy.
    std::string to(const net::peer& end) const { return end.text() + (via ? " through " + via->text() : ""); }
};

/// As the collector itself would go: what is `configured` under `key` wins over the environment.
way choose_way(const secret& configured, const net::peer& to, std::string key);

/// " at 10.0.0.1", the address that answered; empty when the configuration names no other.
std::string at_address(const net::connection& open, const way& chosen, const net::peer& to);

/// Looks up the name of what is connected to, which is the proxy where there is one, and names the proxy. Empty: it is
/// known; otherwise the reason to skip what comes next.
boost::asio::awaitable<std::string>
check_first_hop(way chosen, net::peer to, net::connection::limit within, check_notes& notes);

/// Days left until the first of `all` expires; a warning below 30.
void check_days_left(
    const std::vector<net::certificate_facts>& all,
    utc_time now,
    std::string_view check,
    std::string_view fix,
    check_notes& notes
);

/// The keys of the configuration that a failed connection may be repaired with.
struct connection_keys
{
    std::string address;    ///< that holds the peer's name
    std::string first_hop;  ///< that holds the name of what is connected to: the peer's, or the proxy's
    std::string ca_file;
    std::string proxy;  ///< empty: there is no such key
};

/// What helps against a connection that failed, in a sentence.
std::string fix_of(const error_code& failure, const connection_keys& keys);

}  // namespace qdc::doctor
