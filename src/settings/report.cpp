#include "base/json_text.hpp"
#include "settings/problem.hpp"

#include <algorithm>
#include <string_view>

namespace qdc::settings
{
namespace
{

std::string_view name_of(severity severity)
{
    return severity == severity::error ? "error" : "warning";
}

/// A key or value of the file may hold line breaks and escape sequences; a line on a terminal must not.
std::string on_one_line(std::string text)
{
    std::replace_if(
        text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; }, ' '
    );
    return text;
}

/// Appends "name":"value", with a comma behind it.
void append_member(std::string& out, std::string_view name, std::string_view value)
{
    append_json_string(out, name);
    out += ':';
    append_json_string(out, value);
    out += ',';
}

}  // namespace

std::string describe(const problem& problem)
{
    // error: config.yaml:7: inputs.qualys.id: is missing; fix: add `id: …` to this map
    std::string out(name_of(problem.severity));
    if (!problem.file.empty())
        out += ": " + problem.file;
    if (problem.line > 0)
        out += ':' + std::to_string(problem.line);
    out += ": ";
    if (!problem.key.empty())
        out += problem.key + ": ";
    out += problem.what;
    if (!problem.fix.empty())
        out += "; fix: " + problem.fix;
    return on_one_line(std::move(out));
}

std::string problems_json(const std::vector<problem>& problems)
{
    std::string out = "[";
    for (const auto& p : problems)
    {
        out += out.size() > 1 ? ",\n {" : "{";
        append_member(out, "severity", name_of(p.severity));
        append_member(out, "file", p.file);
        out += "\"line\":" + std::to_string(p.line) + ',';
        append_member(out, "key", p.key);
        append_member(out, "problem", p.what);
        append_json_string(out, "fix");
        out += ':';
        append_json_string(out, p.fix);
        out += '}';
    }
    return out + "]";
}

}  // namespace qdc::settings
