#include "decode/excerpt.hpp"

#include <algorithm>

namespace qdc::decode
{

std::string excerpt_around(std::string_view text, std::size_t position)
{
    constexpr std::size_t before = 30;
    constexpr std::size_t most = 60;
    constexpr std::string_view more = "\xE2\x80\xA6";
    position = std::min(position, text.size());
    const auto first = position > before ? position - before : 0;
    const auto shown = text.substr(first, most);

    std::string out(first == 0 ? std::string_view() : more);
    for (const char c : shown)
        out += c >= 0x20 && c < 0x7F ? c : '.';
    if (first + shown.size() < text.size())
        out += more;
    return out;
}

std::string near(const std::string& excerpt)
{
    return excerpt.empty() ? "" : ", near \"" + excerpt + '"';
}

}  // namespace qdc::decode
