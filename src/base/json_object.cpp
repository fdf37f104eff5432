#include "base/json_object.hpp"

#include "base/json_text.hpp"

namespace qdc
{

json_object::json_object(std::string& out) : out_(out)
{
    out_ += '{';
}

void json_object::begin_member(std::string_view name)
{
    if (!empty_)
        out_ += ',';
    empty_ = false;
    append_json_string(out_, name);
    out_ += ':';
}

json_object& json_object::text(std::string_view name, std::string_view value)
{
    begin_member(name);
    append_json_string(out_, value);
    return *this;
}

json_object& json_object::number(std::string_view name, std::uint64_t value)
{
    return this->value(name, std::to_string(value));
}

json_object& json_object::texts(std::string_view name, std::span<const std::string> values)
{
    begin_member(name);
    out_ += '[';
    for (const auto& each : values)
    {
        if (&each != &values.front())
            out_ += ',';
        append_json_string(out_, each);
    }
    out_ += ']';
    return *this;
}

json_object& json_object::value(std::string_view name, std::string_view json)
{
    begin_member(name);
    out_ += json;
    return *this;
}

}  // namespace qdc
