#include "state/pickle_text.hpp"

#include "base/number.hpp"

namespace qdc::state
{
namespace
{

/// Appends one character, U+0000 to U+10FFFF, as 1 to 4 bytes: U+00E9 becomes C3 A9.
void append_utf8(std::string& out, std::uint32_t code)
{
    const auto tail = [&out, code](unsigned shift) { out += static_cast<char>(0x80 | (code >> shift & 0x3f)); };
    if (code < 0x80)
        out += static_cast<char>(code);
    else if (code < 0x800)
    {
        out += static_cast<char>(0xc0 | code >> 6);
        tail(0);
    }
    else if (code < 0x10000)
    {
        out += static_cast<char>(0xe0 | code >> 12);
        tail(6);
        tail(0);
    }
    else
    {
        out += static_cast<char>(0xf0 | code >> 18);
        tail(12);
        tail(6);
        tail(0);
    }
}

/// Bytes of the well-formed character at the front of `text`; 0 when there is none.
std::size_t character_length(std::string_view text)
{
    const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    // The first byte says how many belong together; 80 to C1 and F5 upwards begin nothing.
    const unsigned lead = byte(0);
    if (lead < 0x80)
        return 1;
    const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || text.size() < length)
        return 0;
    // Each byte behind it is 10xxxxxx.
    for (std::size_t i = 1; i < length; ++i)
        if ((byte(i) & 0xc0) != 0x80)
            return 0;
    // Longer than needed, a surrogate, or above U+10FFFF: the second byte shows it.
    const unsigned second = byte(1);
    const bool overlong = (lead == 0xe0 && second < 0xa0) || (lead == 0xf0 && second < 0x90);
    const bool too_high = (lead == 0xed && second > 0x9f) || (lead == 0xf4 && second > 0x8f);
    return overlong || too_high ? 0 : length;
}

}  // namespace

std::optional<std::int64_t> pickle_long(std::string_view bytes)
{
    // Examples: FF becomes -1, FF 00 becomes 255. The highest bit of the last byte is the sign.
    if (bytes.size() > 8)
        return std::nullopt;
    const bool negative = !bytes.empty() && (static_cast<unsigned char>(bytes.back()) & 0x80) != 0;
    std::uint64_t value = negative ? ~std::uint64_t{0} : 0;
    for (std::size_t i = bytes.size(); i-- > 0;)
        value = value << 8 | static_cast<unsigned char>(bytes[i]);
    return static_cast<std::int64_t>(value);
}

std::optional<std::string> pickle_raw_unicode(std::string_view text)
{
    // Examples: byte E9 becomes "é", the six characters \u20ac become "€".
    std::string out;
    while (!text.empty())
    {
        const bool escape = text.size() > 1 && text[0] == '\\' && (text[1] == 'u' || text[1] == 'U');
        // No escape: a byte of Latin-1 is the character of that number.
        if (!escape)
        {
            append_utf8(out, static_cast<unsigned char>(text[0]));
            text.remove_prefix(1);
            continue;
        }
        const std::size_t digits = text[1] == 'u' ? 4 : 8;
        if (text.size() < 2 + digits)
            return std::nullopt;
        const auto code = number_in<std::uint32_t>(text.substr(2, digits), 16);
        if (!code || *code > 0x10ffff)
            return std::nullopt;
        append_utf8(out, *code);
        text.remove_prefix(2 + digits);
    }
    return out;
}

bool is_pickle_utf8(std::string_view text)
{
    while (!text.empty())
    {
        const auto length = character_length(text);
        if (length == 0)
            return false;
        text.remove_prefix(length);
    }
    return true;
}

}  // namespace qdc::state
