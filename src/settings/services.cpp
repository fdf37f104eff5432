#include "services/catalogue.hpp"
#include "settings/filters.hpp"
#include "settings/readers.hpp"
#include "settings/values.hpp"

#include <algorithm>
#include <vector>

namespace qdc::settings
{
namespace
{

/// The parts between commas, each without blanks around it.
std::vector<std::string> split_words(std::string_view text)
{
    std::vector<std::string> words;
    for (;;)
    {
        const auto comma = text.find(',');
        words.emplace_back(trim(text.substr(0, comma)));
        if (comma == text.npos)
            return words;
        text.remove_prefix(comma + 1);
    }
}

/// A service that does not exist, in the official collector's words, with the name that was probably meant.
void report_unknown(const member& m, const std::string& path, findings& out)
{
    std::vector<std::string_view> names;
    for (const auto* const kind : services::catalogue())
        names.push_back(kind->name);
    auto fix = did_you_mean(m.key, names);
    if (fix.empty())
        fix = "write " + services::service_names();
    out.error(
        m.at,
        path,
        "InitVariablesError [CODE:0051] reason: there is no service definition for \"" + without_login(m.key) + "\"",
        std::move(fix)
    );
}

/// The tag under `key`, which is checked; else `standard`.
std::string read_tag(const section& section, std::string_view key, std::string_view standard)
{
    if (!section.given(key))
        return std::string(standard);
    const auto tag = section.text(key);
    if (!is_tag(tag))
        section.error(
            key,
            shown(tag) + " is no tag",
            "write 2 to 6 levels of letters, digits, _ and - with dots between, as " + std::string(standard)
        );
    return tag;
}

/// Messages are those of the official collector's InitVariablesError 2 and 3.
std::optional<utc_time> read_start(const section& section, const surroundings& around)
{
    if (!section.given("start_time_utc"))
        return {};
    // In this order: not a time at all; in the future by a clock that is not believed; in the future; before 1970.
    const auto written = section.text("start_time_utc");
    const auto start = parse_moment(written);
    if (!start)
        section.error(
            "start_time_utc",
            "InitVariablesError [CODE:0002] reason: start_time_utc value: " + excerpt(written) +
                " does not comply with required format: %Y-%m-%dT%H:%M:%SZ",
            "write a moment in UTC, as 2024-01-10T00:00:00Z"
        );
    else if (*start >= around.now && around.clock_behind)
        section.warning(
            "start_time_utc",
            written + " is in the future by a clock that is behind: it shows " + utc_seconds(around.now) +
                ", an earlier time than one that has passed",
            "correct the clock; a service without a checkpoint waits until it is"
        );
    else if (*start >= around.now)
        section.error(
            "start_time_utc",
            "InitVariablesError [CODE:0003] reason: Invalid start_time_in_utc: " + written + ". Must be in the past.",
            "write a moment before " + utc_seconds(around.now)
        );
    else if (*start < utc_time())
        section.error("start_time_utc", written + " lies before 1970", "write a moment since Qualys has data of yours");
    return start;
}

/// "host_list and host_list_detection have it": the services with a key of that name.
std::string owners_of(std::string_view key)
{
    std::vector<std::string_view> owners;
    for (const auto* const kind : services::catalogue())
        if (services::find_key(*kind, key) != nullptr)
            owners.push_back(kind->name);
    std::string text;
    for (const auto owner : owners)
        text += (text.empty() ? "" : owner == owners.back() ? " and " : ", ") + std::string(owner);
    return text + (owners.size() > 1 ? " have it" : " has it");
}

/// Keys of other services. They are taken out, so that nobody looks for them in this one.
node without_foreign_keys(node map, const services::service_kind& kind, const std::string& path, findings& out)
{
    std::erase_if(
        map.members,
        [&kind, &path, &out](const member& m)
        {
            // A key is foreign when this service does not know it and another one does.
            const auto all = services::catalogue();
            const bool known = services::find_key(kind, m.key) != nullptr || find_rule(part::service, m.key) != nullptr;
            const bool foreign =
                !known &&
                std::any_of(
                    all.begin(), all.end(), [&m](const auto* one) { return services::find_key(*one, m.key) != nullptr; }
                );
            if (foreign)
                out.warning(
                    m.at,
                    join_path(path, m.key),
                    "has no meaning for " + std::string(kind.name) + " and is ignored",
                    owners_of(m.key)
                );
            return foreign;
        }
    );
    return map;
}

/// Of a name that is documented nowhere: it passes as it is, because Qualys may know more, but is probably misspelt.
void warn_undocumented(
    const section& section, std::string_view key, const std::string& name, const std::vector<std::string>& documented
)
{
    if (std::ranges::find(documented, name) != documented.end())
        return;
    const auto near = did_you_mean(name, {documented.begin(), documented.end()});
    section.warning(
        key,
        shown(name) + " is no documented member; events carry it only if Qualys sends it",
        near.empty() ? "look at the members of an entry: `pull knowledge_base --limit 1`" : near
    );
}

/// A list of plain names, or one; joined by commas. `documented`: those that are known; empty: any may be.
std::string read_names(const section& section, std::string_view key, const std::vector<std::string>& documented)
{
    // `[a, b]` and `a, b` are the same.
    const auto& given = *section.value(key);
    std::vector<std::string> names;
    for (const auto& item : given.items)
        names.push_back(item.text);
    if (given.is == node::kind::scalar)
        names = split_words(given.text);

    constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";
    std::string joined;
    // Each name is checked; one that is given twice counts once.
    for (const auto& name : names)
    {
        const bool plain = !name.empty() && name.size() <= 100 && name.find_first_not_of(letters) == name.npos;
        if (!plain)
            section.error(key, shown(name) + " is no name of a member", "write names as [TITLE, CVE_LIST, CVSS_V3]");
        else if ((',' + joined + ',').find(',' + name + ',') != std::string::npos)
            section.warning(key, "has " + name + " twice", "write it once");
        else
        {
            if (!documented.empty())
                warn_undocumented(section, key, name, documented);
            joined += (joined.empty() ? "" : ",") + name;
        }
    }
    if (names.empty())
        section.error(key, "names nothing", "write names as [TITLE, CVE_LIST, CVSS_V3], or remove it");
    return joined;
}

/// What a service's own keys say, or their defaults.
std::map<std::string, std::string> read_own_keys(const section& section, const services::service_kind& kind)
{
    std::map<std::string, std::string> values;
    for (const auto& one : kind.keys)
    {
        if (one.form == services::value_form::map || (one.standard.empty() && !section.given(one.name)))
            continue;
        auto& value = values[std::string(one.name)];
        if (one.form == services::value_form::flag)
            value = section.flag(one.name) ? "true" : "false";
        else if (one.form == services::value_form::words)
            value = read_names(section, one.name, one.names != nullptr ? one.names() : std::vector<std::string>());
        else if (one.form == services::value_form::whole)
            value = std::to_string(section.whole(one.name));
        else if (one.form == services::value_form::tag)
            value = read_tag(section, one.name, one.standard);
        else
            value = section.text(one.name);
    }
    return values;
}

}  // namespace

std::optional<service>
read_service(const member& configured, const std::string& path, const surroundings& around, findings& out)
{
    const auto full = join_path(path, configured.key);
    // The name decides which keys there are. An empty value is a service with defaults only.
    const auto* const kind = services::find_kind(configured.key);
    if (kind == nullptr)
    {
        report_unknown(configured, full, out);
        return {};
    }
    if (configured.value.is == node::kind::scalar || configured.value.is == node::kind::list)
    {
        out.error(
            configured.at,
            full,
            "is " + std::string(kind_name(configured.value)) + ", where a map is due",
            "write its keys below it, indented, or `{}`"
        );
        return {};
    }
    // Keys of other services are reported as such and taken out, so that the section only sees unknown ones.
    const auto map = without_foreign_keys(configured.value, *kind, full, out);
    const section from(map, part::service, full, out, rules_of(*kind));

    service to;
    to.name = configured.key;
    // How often, where to, and from when on.
    to.period = from.seconds("request_period_in_seconds");
    to.tag = read_tag(from, "override_tag", kind->table);
    to.start_time = read_start(from, around);
    // What is asked for: parameters that the collector knows, and others as they are written.
    if (const auto* filters = from.value("filters"))
        to.filters = read_filters(*filters, *kind, from.path_of("filters"), out);
    if (const auto* extra = from.value("extra_parameters"))
        to.extra_parameters = read_extra_parameters(*extra, *kind, from.path_of("extra_parameters"), out);
    // Keys that not every service has.
    to.keys = read_own_keys(from, *kind);
    if (services::find_key(*kind, "changes") != nullptr)
        to.keys.merge(read_changes(from));
    if (services::find_key(*kind, "page_size") != nullptr)
        to.page_size = static_cast<std::uint32_t>(from.whole("page_size"));
    to.settle_delay = from.seconds("settle_delay_in_seconds");
    to.overlap = from.seconds("overlap_in_seconds");
    to.obfuscation = read_obfuscation(from, kind->members != nullptr ? kind->members() : std::vector<std::string>());
    to.limits = read_limits(from);
    return to;
}

}  // namespace qdc::settings
