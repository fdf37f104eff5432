#include "state/file_name.hpp"

#include <vector>

namespace qdc::state
{
namespace
{

constexpr std::string_view hex_digits = "0123456789ABCDEF";

bool is_plain(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

/// Example: "a.b/c" becomes "a%2Eb%2Fc". A dot is encoded too: it stands between the three parts of a name.
std::string encoded(std::string_view text)
{
    std::string out;
    for (const char c : text)
    {
        if (is_plain(c))
        {
            out += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        out += '%';
        out += hex_digits[byte >> 4];
        out += hex_digits[byte & 15];
    }
    return out;
}

/// Undoes encoded(); nothing for a text that encoded() cannot have made.
std::optional<std::string> decoded(std::string_view text)
{
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at)
    {
        if (text[at] != '%')
        {
            out += text[at];
            continue;
        }
        if (text.size() - at < 3)
            return std::nullopt;
        const auto high = hex_digits.find(text[at + 1]);
        const auto low = hex_digits.find(text[at + 2]);
        if (high == std::string_view::npos || low == std::string_view::npos)
            return std::nullopt;
        out += static_cast<char>(high << 4 | low);
        at += 2;
    }
    // Only what encoded() makes leads back to a key: "%61" would be a second name for "a".
    if (encoded(out) != text)
        return std::nullopt;
    return out;
}

/// "a..b" gives "a", "" and "b".
std::vector<std::string_view> split_at_dots(std::string_view text)
{
    std::vector<std::string_view> parts;
    for (;;)
    {
        const auto dot = text.find('.');
        parts.push_back(text.substr(0, dot));
        if (dot == std::string_view::npos)
            return parts;
        text.remove_prefix(dot + 1);
    }
}

}  // namespace

file_names names_of(const state_key& key)
{
    const auto stem = encoded(key.input) + '.' + encoded(key.id) + '.' + encoded(key.service);
    return {
        stem + ".json",
        stem + ".prev.json",
        stem + ".reset.json",
        {stem + ".base1.json", stem + ".base2.json", stem + ".base3.json"}};
}

std::string folder_name(std::string_view input, std::string_view id)
{
    return encoded(input) + '.' + encoded(id);
}

std::optional<state_key> key_of(std::string_view file_name)
{
    // Examples: "qualys.1.host_list.json" and "qualys.1.host_list.prev.json" are one key's; other names are nobody's.
    const auto parts = split_at_dots(file_name);
    const bool newest = parts.size() == 4 && parts[3] == "json";
    const bool previous = parts.size() == 5 && parts[3] == "prev" && parts[4] == "json";
    if (!newest && !previous)
        return std::nullopt;
    auto input = decoded(parts[0]), id = decoded(parts[1]), service = decoded(parts[2]);
    if (!input || !id || !service)
        return std::nullopt;
    return state_key{std::move(*input), std::move(*id), std::move(*service)};
}

}  // namespace qdc::state
