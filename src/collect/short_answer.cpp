#include "collect/short_answer.hpp"

#include "qualys/limits.hpp"

#include <algorithm>
#include <cstdint>

namespace qdc::collect
{

namespace asio = boost::asio;

asio::awaitable<error_code> read_short_answer(body& body, decode::xml_handler& handler)
{
    constexpr std::uint64_t enough = 64 * 1024;
    decode::xml_parser parser(handler);
    error_code cut;
    bool readable = true;
    // As long as the parser still learns something, or the words for people are not complete; never more than 64 KiB.
    while ((readable || !body.has_beginning()) && body.received() < enough)
    {
        const auto piece = co_await body.next();
        // A body that breaks off ends the reading, but what came of it is kept.
        if (!piece)
            cut = piece.error();
        if (!piece || piece->empty())
            break;
        auto rest = *piece;
        // What is no XML stops the parser and not the reading: its beginning is still wanted.
        readable = readable && parser.feed(rest).has_value();
    }
    // Expat may hold a last tag back until it knows that nothing follows.
    if (readable) [[maybe_unused]]
        const auto finished = parser.finish();
    co_return cut;
}

qualys::refusal completed(qualys::refusal refusal, const http_head& head, const body& body, utc_time now)
{
    refusal.status = head.status;
    // X-RateLimit-ToWait-Sec goes before the number in the body.
    if (const auto wait = qualys::read_limits(head.fields).wait)
        refusal.wait = wait;
    refusal.retry_after = qualys::read_retry_after(head.fields, now);
    // Only the host of the redirect is kept: it shows what is wrong, and the rest of the address may hold secrets.
    if (head.status >= 300 && head.status < 400)
        refusal.redirect_host = host_of(head.field("location"));
    refusal.beginning = body.beginning();
    return refusal;
}

std::string host_of(std::string_view url)
{
    // "https://user:pass@[::1]:8443/a?b" becomes "::1", step by step: scheme, path, login, port.
    constexpr std::size_t longest_name = 253;
    const auto scheme_end = url.find("//");
    if (scheme_end == std::string_view::npos)
        return {};
    url.remove_prefix(scheme_end + 2);
    url = url.substr(0, url.find_first_of("/?#\\"));
    if (const auto login_end = url.rfind('@'); login_end != std::string_view::npos)
        url.remove_prefix(login_end + 1);
    const auto name_end = url.starts_with('[') ? url.find(']') : url.find(':');
    url = url.substr(0, name_end);
    if (url.starts_with('['))
        url.remove_prefix(1);
    // What no name can hold is not worth showing.
    const bool plain = std::all_of(url.begin(), url.end(), [](unsigned char c) { return c > ' ' && c < 0x7F; });
    return plain && url.size() <= longest_name ? std::string(url) : std::string();
}

}  // namespace qdc::collect
