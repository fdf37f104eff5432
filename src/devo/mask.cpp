#include "devo/mask.hpp"

#include "base/json_text.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <boost/regex.hpp>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace qdc::devo
{
namespace
{

enum class kind
{
    string,
    integer,
    floating,
    boolean,
    other,  ///< null; as a replacement also an object, a list or no JSON at all
};

/// The kind of a JSON value: the beginning of its text shows it, for numbers all of it.
kind kind_of(std::string_view json)
{
    switch (json.empty() ? '\0' : json.front())
    {
        case '"':
            return kind::string;
        case 't':
        case 'f':
            return kind::boolean;
        case 'n':
        case '{':
        case '[':
        case '\0':
            return kind::other;
        default:
            return json.find_first_of(".eE") == std::string_view::npos ? kind::integer : kind::floating;
    }
}

/// What stands for a value of that type when the rule gives nothing else, as in the official collector.
std::string_view default_of(kind type)
{
    switch (type)
    {
        case kind::string:
            return "\"****SANITIZED****\"";
        case kind::integer:
            return "-1";
        case kind::floating:
            return "-1.0";
        case kind::boolean:
            return "false";
        case kind::other:
            break;
    }
    return "null";
}

/// The text that patterns look at: of a string its content, of anything else its spelling.
std::optional<std::string> plain_text(std::string_view json)
{
    if (json.front() != '"')
        return std::string(json);
    if (json.find('\\') == std::string_view::npos)
        return std::string(json.substr(1, json.size() - 2));
    boost::system::error_code failure;
    const auto value = boost::json::parse(json, failure);
    if (failure)
        return std::nullopt;
    return std::string(value.get_string());
}

/// Bytes of a text that a pattern matched, from `begin` up to `end`, which is not among them.
struct range
{
    std::size_t begin;
    std::size_t end;
};

/// Adds what a pattern matches. Patterns see bytes, so a match is widened to whole letters: half of one is no UTF-8.
void find_matches(const boost::regex& pattern, std::string_view text, std::vector<range>& found)
{
    const auto inside_letter = [text](std::size_t position)
    { return position < text.size() && (static_cast<unsigned char>(text[position]) & 0xC0) == 0x80; };
    const char* const begin = text.data();
    for (boost::cregex_iterator at(begin, begin + text.size(), pattern), end; at != end; ++at)
    {
        range one{static_cast<std::size_t>(at->position()), static_cast<std::size_t>(at->position() + at->length())};
        // A pattern like "x*" matches between any two letters: there is nothing to replace.
        if (one.begin == one.end)
            continue;
        while (inside_letter(one.begin))
            --one.begin;
        while (inside_letter(one.end))
            ++one.end;
        found.push_back(one);
    }
}

/// "pin 123456" with the matches [4, 8) and [6, 10)   ->   "pin ****SANITIZED****"
///
/// Every match is replaced once: no pattern sees what another one put there.
std::string replaced(std::string_view text, std::vector<range> found, std::string_view replacement)
{
    std::sort(found.begin(), found.end(), [](const range& a, const range& b) { return a.begin < b.begin; });
    std::string out;
    std::size_t at = 0;
    for (std::size_t i = 0; i < found.size();)
    {
        // Matches of several patterns may overlap: they are replaced as one.
        auto one = found[i++];
        for (; i < found.size() && found[i].begin < one.end; ++i)
            one.end = std::max(one.end, found[i].end);
        out.append(text.substr(at, one.begin - at));
        out.append(replacement);
        at = one.end;
    }
    out.append(text.substr(at));
    return out;
}

}  // namespace

struct mask::compiled
{
    bool given{false};  ///< the rule has a `value`
    std::string replacement;
    std::vector<boost::regex> patterns;
    bool broken{false};  ///< a pattern is no regular expression

    /// What stands in place of a complete value of that type.
    masked_value complete(kind type) const
    {
        if (given && kind_of(replacement) == type)
            return {replacement, rule_outcome::masked};
        return {std::string(default_of(type)), given ? rule_outcome::mismatched : rule_outcome::masked};
    }
};

/// Compiles the rule. A replacement that is no JSON leaves the defaults; a pattern that cannot be compiled makes the
/// rule mask complete values.
mask::mask(std::optional<std::string> replacement, const std::vector<std::string>& patterns)
{
    auto rule = std::make_unique<compiled>();
    boost::system::error_code failure;
    rule->given = replacement.has_value();
    if (rule->given)
        boost::json::parse(*replacement, failure);
    if (rule->given && !failure)
        rule->replacement = std::move(*replacement);
    for (const auto& pattern : patterns)
    {
        try
        {
            rule->patterns.emplace_back(pattern);
        }
        catch (const boost::regex_error&)
        {
            rule->broken = true;
        }
    }
    rule_ = std::move(rule);
}

mask::~mask() = default;
mask::mask(mask&&) noexcept = default;
mask& mask::operator=(mask&&) noexcept = default;

masked_value mask::over(std::string_view scalar) const
{
    const auto type = kind_of(scalar);
    if (type == kind::other)
        return {};
    // Without patterns the complete value is replaced.
    auto complete = rule_->complete(type);
    if (rule_->patterns.empty() && !rule_->broken)
        return complete;

    // With patterns only what they match is replaced, if they can be trusted.
    const auto text = plain_text(scalar);
    bool failed = rule_->broken || !text;
    std::vector<range> found;
    try
    {
        for (const auto& pattern : rule_->patterns)
        {
            if (!failed)
                find_matches(pattern, *text, found);
        }
    }
    catch (const std::runtime_error&)  // the search became too complex
    {
        failed = true;
    }
    // A rule that fails masks the complete value: more, never less.
    if (failed)
        complete.outcome = rule_outcome::failed;
    else if (found.empty())
        return {std::nullopt, rule_outcome::masked, true};
    // A part of a text can only give way to a text.
    if (complete.outcome != rule_outcome::masked || type != kind::string)
        return complete;
    std::string out;
    append_json_string(out, replaced(*text, std::move(found), plain_text(*complete.json).value_or(std::string())));
    return {std::move(out), rule_outcome::masked};
}

}  // namespace qdc::devo
