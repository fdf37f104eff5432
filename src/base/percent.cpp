#include "base/percent.hpp"

#include <charconv>
#include <cstddef>

namespace qdc
{
namespace
{

/// Letters, digits, "-", ".", "_" and "~" need no encoding (RFC 3986, section 2.3).
bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_' || c == '~';
}

}  // namespace

void append_percent_encoded(std::string& out, std::string_view text)
{
    constexpr std::string_view hex = "0123456789ABCDEF";
    for (const char c : text)
    {
        const auto byte = static_cast<unsigned char>(c);
        if (is_unreserved(c))
        {
            out += c;
        }
        else
        {
            out += '%';
            out += hex[byte >> 4];
            out += hex[byte & 15];
        }
    }
}

std::string percent_decoded(std::string_view text)
{
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at)
    {
        unsigned char byte = 0;
        const char* const digits = text.data() + at + 1;
        const bool escape =
            text[at] == '%' && at + 2 < text.size() && std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2;
        if (escape)
        {
            out += static_cast<char>(byte);
            at += 2;
        }
        else
        {
            out += text[at] == '+' ? ' ' : text[at];
        }
    }
    return out;
}

}  // namespace qdc
