#include "logging/lines.hpp"

#include "base/json_object.hpp"
#include "logging/scrub.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <variant>

namespace qdc::logging
{
namespace
{

/// syslog(3): 7 debug, 6 informational, 4 warning, 3 error.
int priority_of(log_level level) noexcept
{
    switch (level)
    {
        case log_level::debug:
            return 7;
        case log_level::info:
            return 6;
        case log_level::warning:
            return 4;
        case log_level::error:
            return 3;
    }
    return 3;
}

/// The value of a field as text, whatever its type.
std::string value_text(const log_field& field)
{
    return std::visit([](const auto& value) { return fmt::format("{}", value); }, field.value);
}

/// JSON knows no number for what is infinite or none.
void add_field(json_object& object, const log_field& field)
{
    const auto name = valid_utf8(field.name);
    const auto* const real = std::get_if<double>(&field.value);
    if (const auto* const text = std::get_if<std::string>(&field.value))
        object.text(name, valid_utf8(shortened(*text, log_text_limit_bytes)));
    else
        object.value(name, real != nullptr && !std::isfinite(*real) ? "null" : value_text(field));
}

/// A name of the journal: [A-Z0-9_], a letter first, at most 64 characters. journald drops others in silence.
std::string journal_name(std::string_view name)
{
    constexpr std::array<std::string_view, 5> ours{"PRIORITY", "SYSLOG_IDENTIFIER", "ORIGIN", "MESSAGE", "ID"};
    std::string out;
    for (const char c : name)
    {
        // http-status -> HTTP_STATUS; message -> FIELD_MESSAGE, as MESSAGE is one of ours; 7days -> FIELD_7DAYS
        const bool lower = c >= 'a' && c <= 'z';
        const bool plain = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        out += lower ? static_cast<char>(c - 'a' + 'A') : plain ? c : '_';
    }
    const bool starts_well = !out.empty() && out[0] >= 'A' && out[0] <= 'Z';
    if (!starts_well || std::find(ours.begin(), ours.end(), out) != ours.end())
        out.insert(0, "FIELD_");
    out.resize(std::min<std::size_t>(out.size(), 64));
    return out;
}

/// "NAME=value\n". Values are scrubbed, so none holds the line feed that would begin a field of its own.
void append_field(std::string& out, std::string_view name, std::string_view value)
{
    out += name;
    out += '=';
    out += value;
    out += '\n';
}

/// How a level is written in lines and in JSON.
struct level_names
{
    std::string_view upper;
    std::string_view lower;
};

level_names names_of(log_level level) noexcept
{
    switch (level)
    {
        case log_level::debug:
            return {"DEBUG", "debug"};
        case log_level::info:
            return {"INFO", "info"};
        case log_level::warning:
            return {"WARNING", "warning"};
        case log_level::error:
            break;
    }
    return {"ERROR", "error"};
}

}  // namespace

std::string_view name_of(log_level level) noexcept
{
    return names_of(level).upper;
}

std::string_view lower_name_of(log_level level) noexcept
{
    return names_of(level).lower;
}

std::string message_text(const log_record& record)
{
    auto text = on_one_line(shortened(record.message, log_text_limit_bytes));
    if (record.id)
        text += fmt::format(" [{}]", name(*record.id));
    return text;
}

std::string text_line(const log_record& record, utc_time time)
{
    return fmt::format(
        "{} {:>7} {} -> {}\n", utc_log(time), name_of(record.level), on_one_line(record.origin), message_text(record)
    );
}

std::string prefixed_line(const log_record& record, utc_time time)
{
    return fmt::format("<{}>{}", priority_of(record.level), text_line(record, time));
}

std::string json_line(const log_record& record, utc_time time)
{
    // Texts become valid UTF-8; JSON itself escapes what could break the line.
    std::string out;
    json_object object(out);
    object.text("time", utc_log(time) + 'Z');
    object.text("level", lower_name_of(record.level));
    object.text("origin", valid_utf8(record.origin));
    object.text("message", valid_utf8(shortened(record.message, log_text_limit_bytes)));
    if (record.id)
        object.text("id", name(*record.id));
    // Fields follow as members of their own, so a search can use them.
    for (const auto& field : record.fields)
        add_field(object, field);
    object.end();
    return out + '\n';
}

std::string journal_datagram(const log_record& record, std::string_view identifier)
{
    const auto origin = on_one_line(record.origin);
    std::string out;
    append_field(out, "PRIORITY", std::to_string(priority_of(record.level)));
    append_field(out, "SYSLOG_IDENTIFIER", on_one_line(identifier));
    append_field(out, "ORIGIN", origin);
    append_field(out, "MESSAGE", origin + " -> " + message_text(record));
    if (record.id)
        append_field(out, "ID", name(*record.id));
    for (const auto& field : record.fields)
        append_field(out, journal_name(field.name), on_one_line(shortened(value_text(field), log_text_limit_bytes)));
    return out;
}

}  // namespace qdc::logging
