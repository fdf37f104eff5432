#include "state/envelope.hpp"

#include "base/json_text.hpp"
#include "state/digest.hpp"
#include "state/file_name.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <fmt/core.h>

namespace qdc::state
{
namespace
{

namespace json = boost::json;

// Format 1 holds the complete state, format 2 what stands behind a base.
constexpr std::int64_t whole_format = 1;
constexpr std::int64_t based_format = 2;

/// The members of a JSON object; nothing when it is none.
std::optional<json::object> parse_object(std::string_view text)
{
    boost::system::error_code ec;
    auto value = json::parse(text, ec);
    if (ec || !value.is_object())
        return std::nullopt;
    return std::move(value.as_object());
}

/// The text of valid JSON without the white space between its tokens. Numbers are copied, not converted: the parser
/// would round a long fraction, and the checksum with it.
std::string without_blanks(std::string_view text)
{
    // Blanks inside texts stay. Example: `{ "a b" : 1 }` becomes `{"a b":1}`.
    std::string out;
    out.reserve(text.size());
    bool quoted = false;
    for (std::size_t at = 0; at < text.size(); ++at)
    {
        const char c = text[at];
        // An escape is copied with the character behind it: `\"` ends no text.
        if (quoted && c == '\\')
        {
            out += c;
            out += text[++at];
            continue;
        }
        if (c == '"')
            quoted = !quoted;
        if (quoted || (c != ' ' && c != '\t' && c != '\n' && c != '\r'))
            out += c;
    }
    return out;
}

/// A string member, or nothing when it is missing or of another type.
std::optional<std::string> text_of(const json::object& members, std::string_view name)
{
    const auto* value = members.if_contains(name);
    if (value == nullptr || !value->is_string())
        return std::nullopt;
    return std::string(value->as_string());
}

/// A whole number from 0, or nothing.
std::optional<std::int64_t> number_of(const json::object& members, std::string_view name)
{
    const auto* value = members.if_contains(name);
    if (value == nullptr || !value->is_int64() || value->as_int64() < 0)
        return std::nullopt;
    return value->as_int64();
}

/// Which base file a generation of format 2 needs; nothing: that cannot be read.
std::optional<base_reference> base_of(const json::object& members)
{
    const auto* const value = members.if_contains("base");
    if (value == nullptr || !value->is_object())
        return std::nullopt;
    const auto file = number_of(value->get_object(), "file");
    auto checksum = text_of(value->get_object(), "checksum");
    if (!file || !checksum || static_cast<std::size_t>(*file) >= base_file_count)
        return std::nullopt;
    return base_reference{static_cast<std::size_t>(*file), std::move(*checksum)};
}

/// The outcome of a file that cannot be believed.
decoded_file damaged(std::string problem)
{
    return {std::nullopt, std::move(problem)};
}

}  // namespace

std::optional<std::string> compact_object(std::string_view text)
{
    if (!parse_object(text))
        return std::nullopt;
    return without_blanks(text);
}

std::string encode(const generation& generation)
{
    // The order of the members is fixed; decode() relies on the state being the last one.
    std::string out = fmt::format(
        R"({{"format":{},"generation":{},"saved_at":)", generation.base ? based_format : whole_format, generation.number
    );
    append_json_string(out, generation.saved_at);
    if (generation.last_success)
    {
        out += R"(,"last_success":)";
        append_json_string(out, utc_seconds(*generation.last_success));
    }
    if (generation.base)
        out +=
            fmt::format(R"(,"base":{{"file":{},"checksum":"{}"}})", generation.base->file, generation.base->checksum);
    // The checksum is that of the state alone, as it follows here.
    out += R"(,"checksum":)";
    append_json_string(out, sha256_hex(generation.text));
    out += R"(,"state":)";
    out += generation.text;
    out += "}\n";
    return out;
}

decoded_file decode(std::string_view file)
{
    // From the outside in, so that the reason names the first thing that is wrong.
    if (file.empty())
        return damaged("it is empty");
    const auto members = parse_object(file);
    if (!members)
        return damaged("it is not a JSON object");
    const auto format = number_of(*members, "format");
    if (!format)
        return damaged("it names no format");
    // A later version's file is not read as something that it is not.
    if (*format != whole_format && *format != based_format)
        return damaged(fmt::format("its format {} is not known to this version", *format));
    const auto number = number_of(*members, "generation");
    auto saved_at = text_of(*members, "saved_at");
    const auto checksum = text_of(*members, "checksum");
    if (!number || !saved_at || !checksum)
        return damaged("its generation, time or checksum is missing");

    auto base = *format == based_format ? base_of(*members) : std::nullopt;
    if (*format == based_format && !base)
        return damaged("it does not name its base");

    // The state is the last member; its own text, not a rewritten one, carries the checksum.
    constexpr std::string_view marker = R"(,"state":)";
    const auto compact = without_blanks(file);
    const auto at = compact.find(marker);
    if (at == std::string::npos)
        return damaged("its state is missing");
    // The last character is the brace that closes the envelope.
    auto text = compact.substr(at + marker.size(), compact.size() - at - marker.size() - 1);
    if (sha256_hex(text) != *checksum)
        return damaged("its checksum does not match");
    if (!parse_object(text))
        return damaged("its state is not a JSON object");
    generation found{static_cast<std::uint64_t>(*number), std::move(*saved_at), std::move(text)};
    found.base = std::move(base);
    // Files of earlier versions do not have it; it only informs, so a damaged one is no reason to refuse the state.
    if (const auto last_success = text_of(*members, "last_success"))
        found.last_success = parse_utc(*last_success);
    return {std::move(found), {}};
}

}  // namespace qdc::state
