// {"QID":"38170","PORT":{"@proto":"tcp","#text":"443"},"TAGS":["a","b"] gives, one after the other:
//
//   name  QID        PORT                             TAGS
//   value "38170"    {"@proto":"tcp","#text":"443"}   ["a","b"]
//   text  38170      443                              ["a","b"]

#include "services/changes/json_members.hpp"

#include "base/json_text.hpp"

namespace qdc::services
{

bool json_members::next(json_member& member)
{
    if (rest_.starts_with(','))
        rest_.remove_prefix(1);
    // The object's own brace, or its end without one.
    if (!rest_.starts_with('"'))
        return false;
    const auto name = json_value_length(rest_);
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
