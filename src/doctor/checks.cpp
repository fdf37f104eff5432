#include "doctor/checks.hpp"

#include "base/json_object.hpp"
#include "logging/scrub.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace qdc::doctor
{
namespace
{

// "host_list_detection quota" is the longest name of a check.
constexpr std::size_t check_width = 25;

/// The status as it stands in a line and in JSON.
std::string_view word(check_status status)
{
    switch (status)
    {
        case check_status::ok:
            return "ok";
        case check_status::warn:
            return "warn";
        case check_status::fail:
            return "fail";
        case check_status::skip:
            break;
    }
    return "skip";
}

/// Appends one check as a JSON object.
void append_object(std::string& out, const check_result& check)
{
    json_object object(out);
    object.text("status", word(check.status));
    if (check.side != check_side::local)
        object.text(check.side == check_side::input ? "input" : "output", check.name);
    object.text("check", check.check).text("result", check.result).text("fix", check.fix).end();
}

}  // namespace

std::string check_line(const check_result& check, std::size_t name_width)
{
    const std::string& name = check.name.empty() ? "-" : check.name;
    auto line = fmt::format(
        "{:<4}  {:<{}}  {:<{}}  {}", word(check.status), name, name_width, check.check, check_width, check.result
    );
    if (!check.fix.empty())
        line += " -> " + check.fix;
    return line;
}

std::string checks_json(const std::vector<check_result>& all)
{
    std::string out = "[";
    for (const auto& check : all)
    {
        out += out.size() == 1 ? "\n" : ",\n";
        append_object(out, check);
    }
    return out + "\n]";
}

void check_list::add(check_result found)
{
    // Texts of servers go straight to a terminal: no secret, no control character.
    for (auto* const text : {&found.name, &found.check, &found.result, &found.fix})
    {
        secrets_.mask(*text);
        *text = logging::on_one_line(*text);
    }
    all_.push_back(std::move(found));
    seen_(all_.back());
}

bool check_list::failed() const noexcept
{
    return std::ranges::count(all_, check_status::fail, &check_result::status) != 0;
}

void check_notes::add(check_status status, std::string_view check, std::string result, std::string fix)
{
    all_.add({status, side_, name_, std::string(check), std::move(result), std::move(fix)});
}

}  // namespace qdc::doctor
