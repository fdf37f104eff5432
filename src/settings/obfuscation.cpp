#include "base/json_text.hpp"
#include "base/text.hpp"
#include "settings/readers.hpp"
#include "settings/values.hpp"

#include <boost/regex.hpp>

#include <algorithm>

namespace qdc::settings
{
namespace
{

/// The words of a list of scalars, or of a scalar alone.
std::vector<std::string> read_words(const section& section, std::string_view key)
{
    std::vector<std::string> words;
    const auto* value = section.value(key);
    if (value == nullptr)
        return words;
    if (value->is == node::kind::map)
        section.error(key, "is a map, where a list is due", "write `" + std::string(key) + ": [first, second]`");
    if (value->is == node::kind::scalar)
        words.push_back(value->text);
    for (const auto& item : value->items)
    {
        if (item.is == node::kind::scalar)
            words.push_back(item.text);
        else
            section.out().error(
                item.at, section.path_of(key), "holds " + std::string(kind_name(item)), "write single values"
            );
    }
    return words;
}

/// Whether a plain scalar is a number as JSON writes it; what is not becomes a string.
bool is_json_number(const std::string& text)
{
    const auto digits = text.find_first_of("0123456789");
    const bool plain = text.find_first_not_of("0123456789.eE+-") == text.npos && !text.starts_with('+') &&
                       !text.starts_with('.') && !text.ends_with('.');
    // 007 is a number to many, but not to JSON.
    const bool padded = digits != text.npos && text[digits] == '0' && digits + 1 < text.size() &&
                        text[digits + 1] >= '0' && text[digits + 1] <= '9';
    return plain && !padded && parse_decimal(text).has_value();
}

/// JSON text of the replacement: plain numbers and booleans are JSON, everything else becomes a string.
std::optional<std::string> read_replacement(const section& section)
{
    const auto* value = section.value("value");
    if (value == nullptr)
        return {};
    if (value->is != node::kind::scalar)
    {
        section.error(
            "value",
            "is " + std::string(kind_name(*value)) + ", where a single value is due",
            "write a text or a number"
        );
        return {};
    }
    if (!value->quoted && (lowered(value->text) == "true" || lowered(value->text) == "false"))
        return lowered(value->text);
    if (!value->quoted && is_json_number(value->text))
        return value->text;
    std::string text;
    append_json_string(text, value->text);
    return text;
}

void check_pattern(const section& section, const std::string& pattern)
{
    try
    {
        const boost::regex compiled(pattern);
    }
    catch (const boost::regex_error& e)
    {
        // The message repeats the pattern over several lines; its first sentence says what is wrong.
        const std::string text = e.what();
        section.error(
            "string_patterns",
            shown(pattern) + " is no regular expression: " + text.substr(0, text.find_first_of(".\n")),
            "write a Perl-style regular expression"
        );
    }
}

/// A path that no event has masks nothing, and nobody would notice.
void check_first_name(const section& section, const std::string& name, const std::vector<std::string>& members)
{
    if (members.empty() || name == "*" || std::find(members.begin(), members.end(), name) != members.end())
        return;
    const auto near = did_you_mean(name, {members.begin(), members.end()});
    section.warning(
        "name",
        shown(name) + " is not known in the events of this service, and masks nothing as long as none has it",
        near.empty() ? "look at an event: `pull SERVICE --limit 1`" : near
    );
}

}  // namespace

std::vector<obfuscation_rule> read_obfuscation(const section& service, const std::vector<std::string>& members)
{
    std::vector<obfuscation_rule> rules;
    const auto* list = service.value("obfuscation_data");
    if (list == nullptr)
        return rules;
    if (list->is != node::kind::list)
    {
        service.error(
            "obfuscation_data",
            "is " + std::string(kind_name(*list)) + ", where a list is due",
            "begin each rule with `- name: [path, to, key]`"
        );
        return rules;
    }
    // Each rule is read on its own: a mistake in one does not hide those in the next.
    std::size_t index = 0;
    for (const auto& item : list->items)
    {
        const auto path = service.path_of("obfuscation_data") + "[" + std::to_string(index++) + "]";
        if (item.is != node::kind::map)
        {
            service.out().error(item.at, path, "is no map", "write `name: [path, to, key]`");
            continue;
        }
        const section from(item, part::obfuscation, path, service.out());
        obfuscation_rule rule;
        // The path: names that no event of the service has are reported, because such a rule masks nothing.
        rule.path = read_words(from, "name");
        if (from.given("name") && rule.path.empty())
            from.error("name", "is empty", "write the path to the value, as [USER_DEF, VALUE_1]");
        if (!rule.path.empty())
            check_first_name(from, rule.path.front(), members);
        // What stands in the place of the value, and which parts of it.
        rule.replacement = read_replacement(from);
        rule.patterns = read_words(from, "string_patterns");
        for (const auto& pattern : rule.patterns)
            check_pattern(from, pattern);
        rules.push_back(std::move(rule));
    }
    return rules;
}

}  // namespace qdc::settings
