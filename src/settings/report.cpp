#include "base/json_object.hpp"
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
        if (out.size() > 1)
            out += ",\n ";
        json_object object(out);
        object.text("severity", name_of(p.severity)).text("file", p.file).number("line", p.line);
        object.text("key", p.key).text("problem", p.what).text("fix", p.fix);
        object.end();
    }
    return out + "]";
}

}  // namespace qdc::settings
