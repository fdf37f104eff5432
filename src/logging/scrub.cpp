#include "logging/scrub.hpp"

#include <fmt/core.h>

namespace qdc::logging
{
namespace
{

/// A character at the front of a text.
struct character
{
    char32_t code{0};
    std::size_t length{0};  ///< bytes; 0: what stands there is not UTF-8
};

/// The character at the front of `text`, which is not empty. Overlong forms, surrogates and numbers beyond U+10FFFF
/// are none.
character first_of(std::string_view text)
{
    const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned lead = byte(0);
    if (lead < 0x80)
        return {lead, 1};
    const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || text.size() < length)
        return {};
    // The lead byte holds the upper bits, each byte behind it six more.
    char32_t code = lead & (0xffu >> (length + 1));
    for (std::size_t i = 1; i < length; ++i)
    {
        if ((byte(i) & 0xc0) != 0x80)
            return {};
        code = code << 6 | (byte(i) & 0x3f);
    }
    // A character in more bytes than it needs may hide one that is escaped here.
    const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
    const bool surrogate = code >= 0xd800 && code <= 0xdfff;
    if (overlong || surrogate || code > 0x10ffff)
        return {};
    return {code, length};
}

/// Whether a character could break a line, steer a terminal or change the order in which a line is read.
bool is_misleading(char32_t code)
{
    const bool control = code < 0x20 || (code >= 0x7f && code <= 0x9f);
    const bool separator = code == 0x2028 || code == 0x2029;
    const bool direction = (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
    return control || separator || direction;
}

/// The character as it is shown: \n, \x1b, \u202e.
std::string escaped(char32_t code)
{
    switch (code)
    {
        case '\n':
            return "\\n";
        case '\r':
            return "\\r";
        case '\t':
            return "\\t";
        default:
            return code < 0x80 ? fmt::format("\\x{:02x}", static_cast<unsigned>(code))
                               : fmt::format("\\u{:04x}", static_cast<unsigned>(code));
    }
}

}  // namespace

/// A line feed comes out as the two characters \n, an escape character as \x1b, a byte that is no UTF-8 as \xff.
std::string on_one_line(std::string_view text)
{
    std::string out;
    out.reserve(text.size());
    while (!text.empty())
    {
        const auto [code, length] = first_of(text);
        if (length == 0)
            out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[0]));
        else if (is_misleading(code))
            out += escaped(code);
        else
            out += text.substr(0, length);
        text.remove_prefix(length == 0 ? 1 : length);
    }
    return out;
}

std::string valid_utf8(std::string_view text)
{
    std::string out;
    out.reserve(text.size());
    while (!text.empty())
    {
        const auto length = first_of(text).length;
        out += length == 0 ? "\xef\xbf\xbd" : text.substr(0, length);
        text.remove_prefix(length == 0 ? 1 : length);
    }
    return out;
}

std::string shortened(std::string_view text, std::size_t limit_bytes)
{
    if (text.size() <= limit_bytes)
        return std::string(text);
    auto end = limit_bytes;
    // Back to the first byte of a character; more than three steps would be no UTF-8 anyway.
    for (int step = 0; step < 3 && end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80; ++step)
        --end;
    return fmt::format("{}... ({} bytes more)", text.substr(0, end), text.size() - end);
}

}  // namespace qdc::logging
