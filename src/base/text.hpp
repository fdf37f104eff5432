#pragma once

#include <string_view>

namespace qdc
{

/// Blank, tab, CR or LF: the white space of XML.
constexpr bool is_white_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/// Whether it is a line feed alone, or so many blanks: how Expat reports the white space between elements.
inline bool is_indentation(std::string_view text)
{
    constexpr std::string_view blanks = "                                                                ";
    return text == "\n" || (text.size() <= blanks.size() && text == blanks.substr(0, text.size()));
}

/// Without the white space of XML around it.
constexpr std::string_view trimmed(std::string_view text)
{
    while (!text.empty() && is_white_space(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && is_white_space(text.back()))
        text.remove_suffix(1);
    return text;
}

}  // namespace qdc
