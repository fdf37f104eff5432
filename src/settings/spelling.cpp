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
    const auto line_end = std::min({value.size(), value.find_first_of("\r\n"), value.find(": ")});
    // A login is masked before the text is cut to its length: the @ that shows it may stand far behind. One that reaches
    // beyond the line's end hides all of it.
    const bool reaches_on = without_login(value) != value && value.rfind('@') >= line_end;
    const auto masked = reaches_on ? std::string("****") : without_login(value.substr(0, line_end));
    auto end = std::min(masked.size(), longest);
    if (end == masked.size() && line_end == value.size())
        return masked;
    // Not inside a character: back to where one begins.
    while (end > 0 && end < masked.size() && (static_cast<unsigned char>(masked[end]) & 0xC0) == 0x80)
        --end;
    return masked.substr(0, end) + "…";
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
    for (const std::string_view word : {"pass", "pwd", "secret", "token", "credential", "login", "auth", "key"})
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
            // Nobody reads the value here, so nobody knows what it is: a user without a password is masked as well.
            return excerpt(without_user(value.text));
        case node::kind::list:
            for (const auto& item : value.items)
                out += (out.empty() ? "" : ", ") + official_spelling({}, item);
            return "[" + out + "]";
        case node::kind::map:
            for (const auto& m : value.members)
                out += (out.empty() ? "'" : ", '") + without_login(m.key) + "': " + official_spelling(m.key, m.value);
            return "{" + out + "}";
    }
    return out;
}

}  // namespace qdc::settings
