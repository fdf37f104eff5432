#include "sandbox/frame.hpp"

#include <algorithm>

namespace qdc::sandbox
{
namespace
{

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/// True when `text` is of the form of `shape`, in which 0 stands for any digit.
bool is_like(std::string_view text, std::string_view shape)
{
    const auto same = [](char c, char s) { return s == '0' ? is_digit(c) : c == s; };
    return text.size() == shape.size() && std::equal(text.begin(), text.end(), shape.begin(), same);
}

bool in_range(std::string_view two_digits, int low, int high)
{
    const int value = (two_digits[0] - '0') * 10 + (two_digits[1] - '0');
    return value >= low && value <= high;
}

bool is_tag(std::string_view text)
{
    const auto good = [](char c)
    { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '_' || c == '-'; };
    return !text.empty() && text.find('.') != std::string_view::npos && std::all_of(text.begin(), text.end(), good);
}

}  // namespace

std::optional<frame> parse_frame(std::string_view line)
{
    constexpr std::string_view shape = "<14>0000-00-00 00:00:00.000 ";
    if (line.size() < shape.size() || !is_like(line.substr(0, shape.size()), shape))
        return std::nullopt;
    frame parts;
    parts.time = line.substr(4, 23);
    if (!in_range(parts.time.substr(5), 1, 12) || !in_range(parts.time.substr(8), 1, 31) ||
        !in_range(parts.time.substr(11), 0, 23) || !in_range(parts.time.substr(14), 0, 59) ||
        !in_range(parts.time.substr(17), 0, 60))
        return std::nullopt;
    line.remove_prefix(shape.size());
    const auto blank = line.find(' ');
    if (blank == 0 || blank == std::string_view::npos)
        return std::nullopt;
    parts.host = line.substr(0, blank);
    line.remove_prefix(blank + 1);
    const auto colon = line.find(": {");
    if (colon == std::string_view::npos || !is_tag(line.substr(0, colon)) || line.back() != '}')
        return std::nullopt;
    parts.tag = line.substr(0, colon);
    parts.event = line.substr(colon + 2);
    return parts;
}

std::optional<bare_event> strip_devo_members(std::string_view event)
{
    constexpr std::string_view id_shape = ",\"@devo_pulling_id\":\"0000000000000\"}";
    constexpr std::string_view environment_start = ",\"@devo_environment\":\"";
    if (event.size() < id_shape.size() + 1 || !is_like(event.substr(event.size() - id_shape.size()), id_shape))
        return std::nullopt;
    bare_event parts;
    parts.pulling_id = event.substr(event.size() - 15, 13);
    parts.body = event.substr(0, event.size() - id_shape.size());
    // The environment is a short plain text: its beginning is looked for near the end only.
    const auto near = parts.body.size() > 300 ? parts.body.size() - 300 : 0;
    const auto at = parts.body.substr(near).rfind(environment_start);
    if (at == std::string_view::npos || parts.body.back() != '"')
        return parts;
    const auto value_at = near + at + environment_start.size();
    const auto value = parts.body.substr(value_at, parts.body.size() - value_at - 1);
    if (value.find('"') != std::string_view::npos)
        return parts;
    parts.environment = value;
    parts.body = parts.body.substr(0, near + at);
    return parts;
}

}  // namespace qdc::sandbox
