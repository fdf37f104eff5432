#include "settings/spelling.hpp"

#include "base/text.hpp"
#include "settings/values.hpp"

#include <algorithm>
#include <utility>

namespace qdc::settings
{

std::string join_path(const std::string& path, std::string_view key)
{
    return path.empty() ? std::string(key) : path + "." + std::string(key);
}

std::string excerpt(std::string_view value, std::size_t longest)
{
    // abc: d<line feed>e   ->   abc…
    // What follows `: ` or a line break may be another key, with its secret.
    auto end = std::min({value.size(), longest, value.find_first_of("\r\n"), value.find(": ")});
    if (end == value.size())
        return std::string(value);
    // Not inside a character: back to where one begins.
    while (end > 0 && (static_cast<unsigned char>(value[end]) & 0xC0) == 0x80)
        --end;
    return std::string(value.substr(0, end)) + "…";
}

std::string shown(std::string_view value)
{
    return "`" + excerpt(value) + "`";
}

std::string_view kind_name(const node& value)
{
    switch (value.is)
    {
        case node::kind::null:
            return "empty";
        case node::kind::scalar:
            return "a single value";
        case node::kind::map:
            return "a map";
        case node::kind::list:
            return "a list";
    }
    return {};
}

std::string tidied_text(const node& scalar, const std::string& path, findings& out)
{
    auto [text, commas, quotes] = tidy(scalar.text);
    if (commas)
        out.warning(scalar.at, path, "a comma at the end of the value was dropped", "write no comma there");
    if (quotes)
        out.warning(scalar.at, path, "typographic quotes around the value were dropped", "write plain quotes, or none");
    return std::move(text);
}

std::string official_spelling(std::string_view key, const node& value)
{
    // A key that sounds like a secret shows no value at all.
    for (const std::string_view word : {"pass", "secret", "token", "credential", "login", "auth", "key"})
        if (lowered(key).find(word) != std::string::npos)
            return "****";
    std::string out;
    switch (value.is)
    {
        case node::kind::null:
            return "None";
        case node::kind::scalar:
            // Python's spelling; "1" and "0" stay numbers.
            if (const auto flag = parse_flag(value.text); flag && !value.quoted && value.text.size() > 1)
                return *flag ? "True" : "False";
            return excerpt(value.text);
        case node::kind::list:
            for (const auto& item : value.items)
                out += (out.empty() ? "" : ", ") + official_spelling({}, item);
            return "[" + out + "]";
        case node::kind::map:
            for (const auto& m : value.members)
                out += (out.empty() ? "'" : ", '") + m.key + "': " + official_spelling(m.key, m.value);
            return "{" + out + "}";
    }
    return out;
}

}  // namespace qdc::settings
