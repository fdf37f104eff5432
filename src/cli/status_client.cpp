#include "cli/status_client.hpp"

#include "base/number.hpp"
#include "base/text.hpp"
#include "net/connection.hpp"
#include "net/peer.hpp"
#include "settings/values.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace qdc::cli
{

namespace asio = boost::asio;

namespace
{

constexpr std::size_t limit_bytes = 16u << 20;
constexpr std::string_view end_of_head = "\r\n\r\n";

/// An instance that listens everywhere is asked on loopback.
net::peer peer_of(const settings::status_endpoint& endpoint)
{
    net::peer to{endpoint.address, std::to_string(endpoint.port)};
    if (to.host == "0.0.0.0")
        to.host = "127.0.0.1";
    if (to.host == "::")
        to.host = "::1";
    return to;
}

/// Whether a header has that name, in any case.
bool is_content_length(std::string_view name)
{
    return same_letters(name, "content-length");
}

/// The length that the head promises; nothing: it is no good answer.
std::optional<std::uint64_t> body_length(std::string_view head)
{
    // Only a complete good answer counts; its length is needed to see whether it was cut.
    if (!head.starts_with("HTTP/1.1 200 "))
        return std::nullopt;
    while (!head.empty())
    {
        const auto line = head.substr(0, head.find("\r\n"));
        head.remove_prefix(std::min(line.size() + 2, head.size()));
        const auto colon = line.find(':');
        if (colon != std::string_view::npos && is_content_length(line.substr(0, colon)))
            return number_in<std::uint64_t>(trimmed(line.substr(colon + 1)));
    }
    return std::nullopt;
}

/// What answers is not what was asked for.
error_code protocol_error()
{
    return make_error_code(boost::system::errc::protocol_error);
}

/// Everything until the peer ends, head included.
asio::awaitable<result<std::string>>
read_all(net::connection& connection, time_source::time_point deadline, const time_source& time)
{
    std::string all;
    std::array<char, 16384> piece;
    for (;;)
    {
        const auto size =
            co_await connection.read_some(piece, std::max(deadline - time.now(), time_source::duration(1)));
        if (!size)
            co_return size.error();
        if (*size == 0)
            co_return all;
        all.append(piece.data(), *size);
        if (all.size() > limit_bytes)
            co_return make_error_code(boost::system::errc::message_size);
    }
}

/// The body of a complete answer; an error for one that is cut or is no good HTTP answer.
result<std::string> body_of(std::string answer)
{
    // The peer's end alone proves nothing: the length has to be the one that the head promises.
    const auto end = answer.find(end_of_head);
    if (end == std::string::npos)
        return protocol_error();
    const auto length = body_length(std::string_view(answer).substr(0, end));
    answer.erase(0, end + end_of_head.size());
    if (!length || *length != answer.size())
        return protocol_error();
    return answer;
}

}  // namespace

std::string status_url(const settings::status_endpoint& endpoint)
{
    return "http://" + peer_of(endpoint).text();
}

std::optional<settings::status_endpoint> parse_status_url(std::string_view url)
{
    // The endpoint speaks plain HTTP only.
    const auto scheme = settings::scheme_of(url);
    if (!scheme.empty() && lowered(scheme) != "http")
        return std::nullopt;
    url.remove_prefix(scheme.empty() ? 0 : scheme.size() + 3);
    if (url.ends_with('/'))
        url.remove_suffix(1);
    const auto place = settings::parse_endpoint(url);
    if (!place)
        return std::nullopt;
    settings::status_endpoint named;
    named.address = place->host;
    if (!place->port.empty())
        named.port = number_in<std::uint16_t>(place->port).value_or(0);
    return named;
}

std::string why_no_status(const settings::status_endpoint& endpoint)
{
    if (!endpoint.enabled)
        return "globals.status.enabled is false";
    return endpoint.port == 0 ? "globals.status.port is 0, so its port is not known" : "";
}

asio::awaitable<result<std::string>>
fetch_status(settings::status_endpoint endpoint, std::string path, time_source::duration limit, time_source& time)
{
    // One time limit for all steps; the connection is closed by the peer behind its answer.
    const auto deadline = time.now() + limit;
    const auto to = peer_of(endpoint);
    const auto dialled = co_await net::dial(to, std::nullopt, nullptr, limit);
    if (!dialled)
        co_return dialled.error();
    auto& connection = **dialled;
    const std::string request = "GET " + path + " HTTP/1.1\r\nHost: " + to.text() + "\r\nConnection: close\r\n\r\n";
    const auto failure = co_await connection.write(request, limit);
    if (failure)
        co_return failure;
    auto answer = co_await read_all(connection, deadline, time);
    if (!answer)
        co_return answer.error();
    co_return body_of(std::move(*answer));
}

}  // namespace qdc::cli
