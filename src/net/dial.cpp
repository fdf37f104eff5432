// The steps: name ─▶ addresses ─▶ race for a TCP connection ─▶ proxy's tunnel ─▶ TLS. When a later step fails at the
// address that won, it leaves the list and the race begins again among the others.

#include "net/connect.hpp"
#include "net/connection.hpp"
#include "net/name_lookup.hpp"
#include "net/tls_context.hpp"
#include "net/tunnel.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace qdc::net
{

namespace asio = boost::asio;
using asio::ip::tcp;

namespace
{

// A name server may name as many as it likes.
constexpr std::size_t most_addresses = 16;

// So many addresses of one failure stand in a message.
constexpr std::size_t most_shown = 4;

bool is_stop(const error_code& failure)
{
    return failure == asio::error::operation_aborted;
}

/// A proxy that says no, says so at each of its addresses; another try would only count another wrong login.
bool is_final(const error_code& failure)
{
    const bool of_proxy = failure.category() == proxy_category();
    return of_proxy && (failure == proxy_fault::login_wanted || (failure.value() >= 400 && failure.value() < 500));
}

/// "10.0.0.1, 10.0.0.2 and 3 more".
std::string joined(const std::set<asio::ip::address>& addresses)
{
    std::string text;
    std::size_t shown = 0;
    for (const auto& each : addresses)
    {
        if (shown++ == most_shown)
            return text + " and " + std::to_string(addresses.size() - most_shown) + " more";
        text += (text.empty() ? "" : ", ") + each.to_string();
    }
    return text;
}

/// A server may have taken the connection and end it at once: "End of file" says that to nobody.
std::string words_of(const error_code& failure)
{
    return failure == asio::error::eof ? "the connection was ended before it was set up" : failure.message();
}

/// What was tried, in words; in the same words whatever the order, so that a log knows a repeat.
dial_failure summary(const std::vector<failed_address>& tried, const peer& first_hop)
{
    // The addresses are grouped by what went wrong at them.
    // Example: "Connection refused (10.0.0.1, 10.0.0.2); certificate has expired (10.0.0.3)".
    std::map<std::string, std::set<asio::ip::address>> places;
    std::set<asio::ip::address> all;
    for (const auto& each : tried)
    {
        const auto reason = words_of(each.failure) + (each.detail.empty() ? "" : ": " + each.detail);
        places[reason].insert(each.address.address());
        all.insert(each.address.address());
    }
    // An address that the configuration itself names needs no repeating.
    const bool known = all.size() == 1 && all.begin()->to_string() == first_hop.host;
    std::string text;
    for (const auto& [reason, addresses] : places)
    {
        text += (text.empty() ? "" : "; ") + reason;
        if (!known)
            text += " (" + joined(addresses) + ')';
    }
    return {tried.back().failure, std::move(text), known ? "" : joined(all)};
}

/// What follows TCP: the proxy's tunnel, then TLS.
asio::awaitable<result<std::unique_ptr<connection>>>
set_up(tcp_socket socket, peer to, std::optional<proxy> via, std::shared_ptr<tls_context> tls, connection::limit within)
{
    // Whole batches are written at once; waiting for more would only delay the last one.
    error_code ignored;
    socket.socket().set_option(tcp::no_delay(true), ignored);
    socket.socket().non_blocking(true, ignored);
    if (via)
    {
        const auto refused = co_await open_tunnel(socket, *via, to, within);
        if (refused)
            co_return refused;
    }
    // The socket is ready: a plain connection needs nothing more.
    if (tls == nullptr)
    {
        auto plain = make_tcp_connection(std::move(socket));
        co_return plain;
    }
    auto made = co_await make_tls_connection(std::move(socket), std::move(tls), to.name(), within);
    co_return made;
}

}  // namespace

asio::awaitable<dial_result>
dial(peer to, std::optional<proxy> via, std::shared_ptr<tls_context> tls, connection::limit within)
{
    const auto ex = co_await asio::this_coro::executor;
    auto& names = asio::use_service<name_lookup>(asio::query(ex, asio::execution::context));
    // Through a proxy only the proxy's name is resolved here.
    const auto first_hop = via ? via->at : to;
    auto found = co_await resolve(first_hop, within);
    if (!found)
        co_return dial_failure(found.error());
    auto left = std::move(*found);
    left.resize(std::min(left.size(), most_addresses));

    // Certificates that were renewed since the last connection are read now.
    if (tls != nullptr)
        tls->refresh();
    std::vector<failed_address> tried;
    // An address that failed leaves this dialling, and comes last in the next ones.
    const auto failed = [&left, &tried, &names, &first_hop](const failed_address& each)
    {
        names.judge(first_hop.host, each.address.address(), false);
        std::erase(left, each.address);
        tried.push_back(each);
    };
    while (!left.empty())
    {
        // The race decides which address answers first; those that failed on the way are out.
        auto reached = co_await connect_any(left, within);
        for (const auto& each : reached.failed)
            failed(each);
        // Stopped, or not even one attempt: there is nothing to sum up.
        if (!reached.socket && (is_stop(reached.failure) || reached.failed.empty()))
            co_return dial_failure(reached.failure);
        // No address answered in time.
        if (!reached.socket)
            break;

        // TCP stands; what follows can still fail at this address alone.
        const bool could_resume = tls != nullptr && tls->resumes();
        auto made = co_await set_up(std::move(*reached.socket), to, via, tls, within);
        // An address that works is preferred from now on.
        if (made)
        {
            names.judge(first_hop.host, reached.address.address(), true);
            co_return std::move(*made);
        }
        if (is_stop(made.error()))
            co_return dial_failure(made.error());
        // A server that refuses to resume has ended the connection; it is met once more, with a full handshake.
        const bool once_more = could_resume && !tls->resumes();
        if (once_more)
            continue;
        const auto culprit = tls != nullptr ? tls->take_culprit() : "";
        failed({reached.address, made.error(), culprit});
        // The refusal of a proxy is the same at each of its addresses.
        if (is_final(made.error()))
            break;
    }
    co_return summary(tried, first_hop);
}

}  // namespace qdc::net
