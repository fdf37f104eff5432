#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace qdc
{

/// Blank, tab, CR or LF: the white space of XML.
constexpr bool is_white_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/// Without the white space of XML in front.
constexpr std::string_view without_leading_white_space(std::string_view text)
{
    while (!text.empty() && is_white_space(text.front()))
        text.remove_prefix(1);
    return text;
}

/// Without the white space of XML at the end.
constexpr std::string_view without_trailing_white_space(std::string_view text)
{
    while (!text.empty() && is_white_space(text.back()))
        text.remove_suffix(1);
    return text;
}

/// Without the white space of XML around it.
constexpr std::string_view trimmed(std::string_view text)
{
    return without_trailing_white_space(without_leading_white_space(text));
}

/// A letter of ASCII in lower case; any other byte as it is.
constexpr char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

/// A text in lower case, as far as its letters are of ASCII.
inline std::string lowered(std::string_view text)
{
    std::string out(text);
    std::ranges::transform(out, out.begin(), lower);
    return out;
}

/// Whether two texts are the same but for the case of letters of ASCII.
constexpr bool same_letters(std::string_view one, std::string_view other)
{
    return std::ranges::equal(one, other, {}, lower, lower);
}

}  // namespace qdc
