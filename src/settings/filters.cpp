#include "settings/filters.hpp"

#include "settings/filter_table.hpp"
#include "settings/section.hpp"
#include "settings/values.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace qdc::settings
{
namespace
{

constexpr std::array official{
    "details", "show_asset_id", "show_tags", "show_cloud_tags", "show_reopened_info", "status"};

unsigned endpoint_of(std::string_view service)
{
    if (service == "vm_scans")
        return scans;
    if (service == "host_list")
        return hosts;
    return service == "host_list_detection" ? detections : activity;
}

const parameter* find_parameter(std::string_view name, unsigned endpoint)
{
    for (const auto& p : filter_table())
        if (p.name == name && (p.endpoints & endpoint) != 0)
            return &p;
    return nullptr;
}

/// The word of `words` that `text` is, whatever its case and hyphens; empty: none.
template <std::size_t Count>
std::string_view one_of(std::string_view text, const std::array<std::string_view, Count>& words)
{
    const auto bare = [](std::string_view word)
    {
        auto out = lower(word);
        std::erase_if(out, [](char c) { return c == '-' || c == '_' || c == ' '; });
        return out;
    };
    for (const auto word : words)
        if (bare(word) == bare(text))
            return word;
    return {};
}

/// Nothing: Qualys would refuse the value.
std::optional<std::string> checked(const std::string& text, shape is)
{
    static constexpr std::array<std::string_view, 4> states{"New", "Active", "Re-Opened", "Fixed"};
    static constexpr std::array<std::string_view, 4> details{"All", "All/AGs", "Basic", "Basic/AGs"};
    switch (is)
    {
        case shape::flag:
            if (const auto flag = parse_flag(text))
                return *flag ? "1" : "0";
            return {};
        case shape::whole:
            if (const auto number = parse_whole(text); number && *number >= 0)
                return std::to_string(*number);
            return {};
        case shape::moment:
            if (parse_moment(text) || parse_moment(text + "T00:00:00Z"))
                return text;
            return {};
        case shape::details:
        case shape::status:
        {
            const auto word = is == shape::status ? one_of(text, states) : one_of(text, details);
            return word.empty() ? std::optional<std::string>() : std::string(word);
        }
        default:
            return text.empty() ? std::optional<std::string>() : text;
    }
}

std::string_view expected(shape is)
{
    switch (is)
    {
        case shape::flag:
            return "write 0 or 1";
        case shape::whole:
            return "write a whole number";
        case shape::moment:
            return "write a date like 2024-01-10 or 2024-01-10T09:47:08Z";
        case shape::details:
            return "write All, All/AGs, Basic or Basic/AGs";
        case shape::status:
            return "write New, Active, Re-Opened or Fixed";
        default:
            return "give it a value, or remove it";
    }
}

class filter_reader
{
public:
    filter_reader(unsigned endpoint, std::string path, findings& out)
        : endpoint_(endpoint),
          path_(std::move(path)),
          out_(out)
    {
    }

    void read(const member& m)
    {
        const auto path = join_path(path_, m.key);
        const auto* known = find_parameter(m.key, endpoint_);
        if (known == nullptr)
            return report_unknown(m, path);
        if (known->is == shape::ours)
            return out_.error(m.at, path, "is set by the collector itself", "remove it");
        if (m.value.is == node::kind::null)
            return;
        if (m.value.is == node::kind::map)
            return out_.error(m.at, path, "is a map, where a value or a list is due", "write `key: value`");

        std::string joined;
        const auto words = m.value.is == node::kind::list ? m.value.items : std::vector{m.value};
        for (const auto& word : words)
            append(joined, word, *known, path);
        if (!joined.empty())
            filters_[m.key] = joined;
    }

    std::map<std::string, std::string> take() { return std::move(filters_); }

private:
    void report_unknown(const member& m, const std::string& path)
    {
        if (is_official_filter(m.key))
            return out_.warning(m.at, path, "is no parameter of this endpoint and is not sent", "remove it");
        std::vector<std::string_view> names;
        for (const auto& p : filter_table())
            if ((p.endpoints & endpoint_) != 0 && p.is != shape::ours)
                names.push_back(p.name);
        auto mend = did_you_mean(m.key, names);
        out_.unknown(
            m.at, path, "is no parameter of this endpoint and is not sent", mend.empty() ? "remove it" : std::move(mend)
        );
    }

    /// `status: New,Fixed` is a list as well: each state is checked.
    void append(std::string& joined, const node& word, const parameter& known, const std::string& path)
    {
        if (word.is != node::kind::scalar)
            return out_.error(word.at, path, "holds " + std::string(kind_name(word)), "write single values");
        std::string_view rest;
        const auto text = tidied_text(word, path, out_);
        for (rest = text;;)
        {
            const auto comma = known.is == shape::status ? rest.find(',') : rest.npos;
            const auto value = checked(std::string(trim(rest.substr(0, comma))), known.is);
            if (!value)
                out_.error(
                    word.at, path, shown(text) + " is not a value of this filter", std::string(expected(known.is))
                );
            else
                joined += (joined.empty() ? "" : ",") + *value;
            if (comma == rest.npos)
                return;
            rest.remove_prefix(comma + 1);
        }
    }

    unsigned endpoint_;
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
read_filters(const node& filters, std::string_view service, const std::string& path, findings& out)
{
    filter_reader reader(endpoint_of(service), path, out);
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
