#include "settings/values.hpp"

#include "base/number.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <cmath>

namespace qdc::settings
{
namespace
{

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/// from_chars() takes no plus sign.
std::string_view without_plus(std::string_view text)
{
    return text.starts_with('+') ? text.substr(1) : text;
}

/// What a level of a tag may consist of.
bool is_tag_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' || c == '-';
}

/// Seconds of a unit letter; 0: no unit.
std::int64_t unit_seconds(char unit)
{
    constexpr std::int64_t day_seconds = 24 * 3600;
    switch (unit)
    {
        case 's':
            return 1;
        case 'm':
            return 60;
        case 'h':
            return 3600;
        case 'd':
            return day_seconds;
        case 'w':
            return 7 * day_seconds;
        case 'M':
            return 30 * day_seconds;
        case 'y':
            return 365 * day_seconds;
        default:
            return 0;
    }
}

/// Length of the UTF-8 sequence that `text` begins with; 0: malformed. Table 3-7 of the Unicode standard.
std::size_t sequence_length(std::string_view text)
{
    const auto at = [text](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
    const auto tail = [&at](std::size_t i) { return at(i) >= 0x80 && at(i) <= 0xBF; };
    const auto lead = at(0);
    if (lead < 0x80)
        return 1;
    if (lead >= 0xC2 && lead <= 0xDF)
        return tail(1) ? 2 : 0;
    if (lead >= 0xE0 && lead <= 0xEF)
    {
        const bool second = at(1) >= (lead == 0xE0 ? 0xA0u : 0x80u) && at(1) <= (lead == 0xED ? 0x9Fu : 0xBFu);
        return second && tail(2) ? 3 : 0;
    }
    if (lead >= 0xF0 && lead <= 0xF4)
    {
        const bool second = at(1) >= (lead == 0xF0 ? 0x90u : 0x80u) && at(1) <= (lead == 0xF4 ? 0x8Fu : 0xBFu);
        return second && tail(2) && tail(3) ? 4 : 0;
    }
    return 0;
}

}  // namespace

std::string_view trim(std::string_view text)
{
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == text.npos)
        return {};
    return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

/// Yes -> true, OFF -> false, 1 -> true, maybe -> nothing
std::optional<bool> parse_flag(std::string_view text)
{
    const auto word = lowered(text);
    if (word == "true" || word == "yes" || word == "on" || word == "1")
        return true;
    if (word == "false" || word == "no" || word == "off" || word == "0")
        return false;
    return {};
}

std::optional<std::int64_t> parse_whole(std::string_view text)
{
    return number_in<std::int64_t>(without_plus(text));
}

std::optional<double> parse_decimal(std::string_view text)
{
    const auto read = number_in<double>(without_plus(text));
    return read && std::isfinite(*read) ? read : std::nullopt;
}

std::optional<std::chrono::seconds> parse_period(std::string_view text)
{
    // The last character is the unit, unless it is a digit: "15m" -> 900 s, "90" -> 90 s.
    std::int64_t unit = 1;
    if (!text.empty() && !is_digit(text.back()))
    {
        unit = unit_seconds(text.back());
        text = trim(text.substr(0, text.size() - 1));
    }
    const auto count = parse_whole(text);
    // A century is longer than any limit and keeps the product far from overflow.
    constexpr std::int64_t century = 100LL * 365 * 24 * 3600;
    if (!count || unit == 0 || *count < 1 || *count > century / unit)
        return {};
    return std::chrono::seconds(*count * unit);
}

std::string_view scheme_of(std::string_view text)
{
    const auto end = text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");
    return end != text.npos && text.substr(end).starts_with("://") ? text.substr(0, end) : std::string_view();
}

std::string without_user(std::string_view text)
{
    // "http://me:secret@proxy:3128" -> "http://****@proxy:3128"
    const auto position = text.rfind('@');
    if (position == text.npos)
        return std::string(text);
    const auto scheme = scheme_of(text);
    const auto begin = scheme.empty() ? 0 : scheme.size() + 3;
    return std::string(text.substr(0, begin)) + "****" + std::string(text.substr(std::max(position, begin)));
}

std::string without_login(std::string_view text)
{
    const auto colon = text.find(':');
    const auto position = text.rfind('@');
    const bool login = colon != text.npos && position != text.npos && colon < position;
    return login ? without_user(text) : std::string(text);
}

std::optional<endpoint> parse_endpoint(std::string_view text)
{
    if (text.find_first_of(" \t\r\n/\\?#@\"'<>,;") != text.npos)
        return {};
    // An IPv6 address stands in brackets, because it has colons itself.
    endpoint out;
    std::string_view port;
    bool has_port = false;
    if (text.starts_with('['))
    {
        // Behind the bracket nothing but a port may follow.
        const auto end = text.find(']');
        if (end == text.npos)
            return {};
        out.host = text.substr(1, end - 1);
        const auto rest = text.substr(end + 1);
        if (!rest.empty() && rest.front() != ':')
            return {};
        has_port = !rest.empty();
        port = has_port ? rest.substr(1) : rest;
    }
    else
    {
        const auto colon = text.find(':');
        out.host = text.substr(0, colon);
        has_port = colon != text.npos;
        port = has_port ? text.substr(colon + 1) : std::string_view();
    }
    if (out.host.empty())
        return {};
    if (has_port)
    {
        // A colon without a good number behind it is a mistake, not a missing port.
        const auto number = parse_whole(port);
        if (!number || *number < 1 || *number > 65535)
            return {};
        out.port = std::to_string(*number);
    }
    return out;
}

std::optional<utc_time> parse_moment(std::string_view text)
{
    // The year decides whether the time fits; month, day and clock are checked in every case.
    const auto year_of = text.size() < 4 ? std::nullopt : parse_whole(text.substr(0, 4));
    if (!year_of || !is_digit(text.front()))
        return {};
    // utc_time counts nanoseconds and ends in 2262. A year that does not fit is checked as one with as many days.
    if (*year_of >= 1970 && *year_of < 2200)
        return parse_utc(text);
    const bool leap = std::chrono::year(static_cast<int>(*year_of)).is_leap();
    if (!parse_utc((leap ? "2000" : "2001") + std::string(text.substr(4))))
        return {};
    return *year_of < 1970 ? utc_time::min() : utc_time::max();
}

bool is_tag(std::string_view text)
{
    if (text.size() > 1024)
        return false;
    // my.app.qualys -> 3 levels, good; my..app -> an empty level, no tag
    std::size_t levels = 1;
    std::size_t length = 0;
    for (const char c : text)
    {
        if (c == '.' && length > 0)
        {
            ++levels;
            length = 0;
        }
        else if (is_tag_character(c))
            ++length;
        else
            return false;
    }
    return length > 0 && levels >= 2 && levels <= 6;
}

bool is_utf8(std::string_view text)
{
    while (!text.empty())
    {
        const auto length = sequence_length(text);
        if (length == 0)
            return false;
        text.remove_prefix(length);
    }
    return true;
}

bool is_placeholder(std::string_view text)
{
    text = trim(text);
    // Braces and angle brackets around all of it; a variable anywhere.
    const auto variable = text.find("${");
    return (text.size() > 2 && text.starts_with('<') && text.ends_with('>')) ||
           (text.starts_with("{{") && text.ends_with("}}")) ||
           (variable != text.npos && text.find('}', variable) != text.npos);
}

std::size_t typographic_quote(std::string_view text)
{
    // U+2018 to U+201F: the single and double quotes, left, right, low and reversed.
    if (text.size() < 3 || text.substr(0, 2) != "\xE2\x80")
        return 0;
    const auto last = static_cast<unsigned char>(text[2]);
    return last >= 0x98 && last <= 0x9F ? 3 : 0;
}

bool has_typographic_end(std::string_view text)
{
    return typographic_quote(text) != 0 || (text.size() >= 3 && typographic_quote(text.substr(text.size() - 3)) != 0);
}

tidied tidy(std::string_view text)
{
    tidied out;
    text = trim(text);
    // “qualysapi.qualys.com”,   ->   qualysapi.qualys.com
    // First commas behind the value, then quotes on both sides; the blanks between go with them.
    while (text.ends_with(','))
    {
        out.commas = true;
        text = trim(text.substr(0, text.size() - 1));
    }
    while (const auto quote = typographic_quote(text))
    {
        out.quotes = true;
        text = trim(text.substr(quote));
    }
    while (text.size() >= 3 && typographic_quote(text.substr(text.size() - 3)) != 0)
    {
        out.quotes = true;
        text = trim(text.substr(0, text.size() - 3));
    }
    out.text = text;
    return out;
}

}  // namespace qdc::settings
