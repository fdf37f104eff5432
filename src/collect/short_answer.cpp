#include "collect/short_answer.hpp"

#include "qualys/limits.hpp"

#include <cstdint>

namespace qdc::collect
{

namespace asio = boost::asio;

asio::awaitable<error_code> read_short_answer(body& in, decode::xml_handler& handler)
{
    constexpr std::uint64_t enough = 64 * 1024;
    decode::xml_parser parser(handler);
    error_code cut;
    bool readable = true;
    while (readable && in.received() < enough)
    {
        const auto piece = co_await in.next();
        if (!piece)
            cut = piece.error();
        if (!piece || piece->empty())
            break;
        auto rest = *piece;
        readable = parser.feed(rest).has_value();
    }
    // Expat may hold a last tag back until it knows that nothing follows.
    if (readable) [[maybe_unused]]
        const auto finished = parser.finish();
    co_return cut;
}

qualys::refusal completed(qualys::refusal said, const http_head& head)
{
    said.status = head.status;
    if (const auto wait = qualys::read_limits(head.fields).wait)
        said.wait = wait;
    return said;
}

}  // namespace qdc::collect
