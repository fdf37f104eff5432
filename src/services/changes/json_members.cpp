// {"QID":"38170","PORT":{"@proto":"tcp","#text":"443"},"TAGS":["a","b"] gives, one after the other:
//
//   name  QID        PORT                             TAGS
//   value "38170"    {"@proto":"tcp","#text":"443"}   ["a","b"]
//   text  38170      443                              ["a","b"]

#include "services/changes/json_members.hpp"

#include <cstddef>

namespace qdc::services
{
namespace
{

/// How long the string is that `text` begins with, both quotes included. RESULTS can be long: only quotes are looked for.
std::size_t string_length(std::string_view text)
{
    for (auto quote = text.find('"', 1); quote != std::string_view::npos; quote = text.find('"', quote + 1))
    {
        // An escape is a pair of bytes: the quote is part of one behind an odd number of backslashes.
        auto begin = quote;
        while (begin > 1 && text[begin - 1] == '\\')
            --begin;
        if ((quote - begin) % 2 == 0)
            return quote + 1;
    }
    return text.size();
}

}  // namespace

std::size_t json_value_length(std::string_view text)
{
    if (text.starts_with('"'))
        return string_length(text);
    std::size_t depth = 0;
    std::size_t place = 0;
    while (place < text.size())
    {
        const char c = text[place];
        // Brackets and commas inside of strings do not count.
        if (c == '"')
        {
            place += string_length(text.substr(place));
            continue;
        }
        // The value had no brackets of its own, and what follows it belongs to what is around it.
        if (depth == 0 && (c == ',' || c == '}' || c == ']'))
            return place;
        if (c == '{' || c == '[')
            ++depth;
        else if (c == '}' || c == ']')
            --depth;
        ++place;
        // The bracket that the value began with is closed.
        if (depth == 0 && (c == '}' || c == ']'))
            return place;
    }
    return text.size();
}

bool json_members::next(json_member& member)
{
    if (rest_.starts_with(','))
        rest_.remove_prefix(1);
    // The object's own brace, or its end without one.
    if (!rest_.starts_with('"'))
        return false;
    const auto name = string_length(rest_);
    member.name = rest_.substr(1, name - 2);
    rest_.remove_prefix(name < rest_.size() ? name + 1 : name);  // and the colon
    // `rest_` begins with the value now.
    const auto value = json_value_length(rest_);
    member.value = rest_.substr(0, value);
    rest_.remove_prefix(value);
    return true;
}

std::string_view text_of_value(std::string_view value)
{
    if (value.starts_with('"'))
        return value.substr(1, value.size() - 2);
    if (!value.starts_with('{'))
        return value;
    // An element with attributes: its text is a member of its own.
    json_members inside(value);
    for (json_member member; inside.next(member);)
        if (member.name == "#text")
            return text_of_value(member.value);
    return {};
}

}  // namespace qdc::services
