#include "settings/filters.hpp"

#include "base/number.hpp"
#include "base/text.hpp"
#include "settings/section.hpp"
#include "settings/values.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

namespace qdc::settings
{
namespace
{

using services::filter;
using services::value_form;

constexpr std::array official{
    "details", "show_asset_id", "show_tags", "show_cloud_tags", "show_reopened_info", "status"};

/// The words of a list with bars between.
std::vector<std::string_view> split(std::string_view words)
{
    std::vector<std::string_view> all;
    for (;;)
    {
        const auto bar = words.find('|');
        all.push_back(words.substr(0, bar));
        if (bar == words.npos)
            return all;
        words.remove_prefix(bar + 1);
    }
}

/// The word that `text` is, whatever its case and hyphens; empty: none.
std::string_view one_of(std::string_view text, std::string_view words)
{
    const auto bare = [](std::string_view word)
    {
        auto out = lowered(word);
        std::erase_if(out, [](char c) { return c == '-' || c == '_' || c == ' '; });
        return out;
    };
    for (const auto word : split(words))
        if (bare(word) == bare(text))
            return word;
    return {};
}

/// A whole number or a range, without blanks: "7", "100-200". Nothing: it is neither, or beyond what the filter takes.
std::optional<std::string> number_or_range(std::string_view text, const filter& known)
{
    // 100 - 200   ->   100 and 200; without a hyphen both are the same
    const auto hyphen = text.find('-');
    const auto first = trim(text.substr(0, hyphen));
    const auto last = hyphen == text.npos ? first : trim(text.substr(hyphen + 1));
    for (const auto part : {first, last})
        if (const auto number = number_in<std::uint64_t>(part);
            !number || *number < known.least || *number > known.most)
            return {};
    return hyphen == text.npos ? std::string(first) : std::string(first) + '-' + std::string(last);
}

/// Nothing: Qualys would refuse the value.
std::optional<std::string> checked(const std::string& text, const filter& known)
{
    switch (known.form)
    {
        // Qualys knows 1 and 0 only; the configuration takes the usual words.
        case value_form::flag:
            if (const auto flag = parse_flag(text))
                return *flag ? "1" : "0";
            return {};
        case value_form::whole:
            if (const auto number = parse_whole(text); number && *number >= 0)
                return std::to_string(*number);
            return {};
        // A date alone is taken by Qualys as well, and sent as it is written.
        case value_form::moment:
            if (parse_moment(text) || parse_moment(text + "T00:00:00Z"))
                return text;
            return {};
        case value_form::numbers:
            return number_or_range(text, known);
        // The word in Qualys' own spelling: "New" for "NEW".
        case value_form::word:
        case value_form::words:
        {
            const auto word = one_of(text, known.words);
            return word.empty() ? std::optional<std::string>() : std::string(word);
        }
        default:
            return text.empty() ? std::optional<std::string>() : text;
    }
}

/// What a user has to write instead, for a message.
std::string expected(const filter& known)
{
    switch (known.form)
    {
        case value_form::flag:
            return "write 0 or 1";
        case value_form::whole:
            return "write a whole number";
        case value_form::moment:
            return "write a date like 2024-01-10 or 2024-01-10T09:47:08Z";
        case value_form::numbers:
            if (known.most < 10)
                return "write numbers or ranges from " + std::to_string(known.least) + " to " +
                       std::to_string(known.most) + ", with commas between";
            return "write numbers or ranges like 100-200, with commas between";
        case value_form::word:
        case value_form::words:
        {
            std::string out;
            const auto words = split(known.words);
            for (const auto word : words)
                out += (out.empty() ? "write " : word == words.back() ? " or " : ", ") + std::string(word);
            return out;
        }
        default:
            return "give it a value, or remove it";
    }
}

/// Reads the members of one `filters` map: `show_tags: true` -> show_tags=1, `status: [new, FIXED]` ->
/// status=New,Fixed.
class filter_reader
{
public:
    filter_reader(const services::service_kind& kind, std::string path, findings& out)
        : kind_(kind),
          path_(std::move(path)),
          out_(out)
    {
    }

    void read(const member& m)
    {
        const auto path = join_path(path_, m.key);
        // First whether the endpoint takes it, then what kind of value it has.
        const auto* known = services::find_filter(kind_, m.key);
        if (known == nullptr)
            return report_unknown(m, path);
        if (known->form == value_form::ours)
            return out_.error(m.at, path, "is set by the collector itself", "remove it");
        if (m.value.is == node::kind::null)
            return;
        if (m.value.is == node::kind::map)
            return out_.error(m.at, path, "is a map, where a value or a list is due", "write `key: value`");

        // A single value counts as a list of one.
        std::string joined;
        const auto words = m.value.is == node::kind::list ? m.value.items : std::vector{m.value};
        for (const auto& word : words)
            append(joined, word, *known, path);
        if (!joined.empty())
            filters_[m.key] = joined;
    }

    std::map<std::string, std::string> take() { return std::move(filters_); }

private:
    /// An official filter of another service is only idle here; any other name may be a misspelling.
    void report_unknown(const member& m, const std::string& path)
    {
        if (is_official_filter(m.key))
            return out_.warning(m.at, path, "is no parameter of this endpoint and is not sent", "remove it");
        std::vector<std::string_view> names;
        for (const auto& table : kind_.filters)
            for (const auto& one : table)
                if (one.form != value_form::ours)
                    names.push_back(one.name);
        out_.unknown(m.at, path, "is no parameter of this endpoint and is not sent", nearest_or_all(m.key, names));
    }

    /// `status: New,Fixed` is a list as well, and so is `ids: 5,100-200`: each part is checked.
    void append(std::string& joined, const node& word, const filter& known, const std::string& path)
    {
        if (word.is != node::kind::scalar)
            return out_.error(word.at, path, "holds " + std::string(kind_name(word)), "write single values");
        std::string_view rest;
        const bool listed = known.form == value_form::words || known.form == value_form::numbers;
        const auto text = tidied_text(word, path, out_);
        for (rest = text;;)
        {
            const auto comma = listed ? rest.find(',') : rest.npos;
            const auto value = checked(std::string(trim(rest.substr(0, comma))), known);
            if (!value)
                out_.error(word.at, path, shown(text) + " is not a value of this filter", expected(known));
            else
                joined += (joined.empty() ? "" : ",") + *value;
            if (comma == rest.npos)
                return;
            rest.remove_prefix(comma + 1);
        }
    }

    const services::service_kind& kind_;
    std::string path_;
    findings& out_;
    std::map<std::string, std::string> filters_;
};

}  // namespace

bool is_official_filter(std::string_view name)
{
    return std::find(official.begin(), official.end(), name) != official.end();
}

std::map<std::string, std::string>
read_filters(const node& filters, const services::service_kind& kind, const std::string& path, findings& out)
{
    filter_reader reader(kind, path, out);
    if (filters.is == node::kind::scalar || filters.is == node::kind::list)
        out.error(
            filters.at,
            path,
            "is " + std::string(kind_name(filters)) + ", where a map is due",
            "write one `parameter: value` a line, below `filters:`"
        );
    for (const auto& m : filters.members)
        reader.read(m);
    return reader.take();
}

}  // namespace qdc::settings
