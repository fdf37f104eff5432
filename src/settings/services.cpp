#include "settings/filters.hpp"
#include "settings/readers.hpp"
#include "settings/values.hpp"

#include <algorithm>

namespace qdc::settings
{
namespace
{

struct kind_of_service
{
    std::string_view name;
    std::string_view tag;  ///< the table of the official collector's page
    bool hosts;            ///< snapshots of hosts
};

constexpr kind_of_service kinds[] = {
    {"vm_scans", "vuln.qualys.vulnerabilities", false},
    {"host_list", "vuln.qualys.hosts", true},
    {"host_list_detection", "vuln.qualys.hostdetections", true},
    {"user_activity", "vuln.qualys.useractivitylog", false},
};

const kind_of_service* find_kind(std::string_view name)
{
    const auto* found =
        std::find_if(std::begin(kinds), std::end(kinds), [name](const auto& k) { return k.name == name; });
    return found == std::end(kinds) ? nullptr : found;
}

void report_unknown(const member& m, const std::string& path, findings& out)
{
    std::vector<std::string_view> names;
    for (const auto& k : kinds)
        names.push_back(k.name);
    auto mend = did_you_mean(m.key, names);
    if (mend.empty())
        mend = "write vm_scans, host_list, host_list_detection or user_activity";
    out.error(
        m.at,
        path,
        "InitVariablesError [CODE:0051] reason: there is no service definition for \"" + m.key + "\"",
        std::move(mend)
    );
}

std::string read_tag(const section& from, std::string_view standard)
{
    if (!from.given("override_tag"))
        return std::string(standard);
    const auto tag = from.text("override_tag");
    if (!is_tag(tag))
        from.error(
            "override_tag",
            shown(tag) + " is no tag",
            "write 2 to 6 levels of letters, digits, _ and - with dots between, as " + std::string(standard)
        );
    return tag;
}

/// Messages are those of the official collector's InitVariablesError 2 and 3.
std::optional<utc_time> read_start(const section& from, utc_time now)
{
    if (!from.given("start_time_utc"))
        return {};
    const auto written = from.text("start_time_utc");
    const auto start = parse_moment(written);
    if (!start)
        from.error(
            "start_time_utc",
            "InitVariablesError [CODE:0002] reason: start_time_utc value: " + excerpt(written) +
                " does not comply with required format: %Y-%m-%dT%H:%M:%SZ",
            "write a moment in UTC, as 2024-01-10T00:00:00Z"
        );
    else if (*start >= now)
        from.error(
            "start_time_utc",
            "InitVariablesError [CODE:0003] reason: Invalid start_time_in_utc: " + written + ". Must be in the past.",
            "write a moment before " + utc_seconds(now)
        );
    else if (*start < utc_time())
        from.error("start_time_utc", written + " lies before 1970", "write a moment since Qualys has data of yours");
    return start;
}

/// Keys that only some services have; anywhere else they change nothing.
void report_foreign(const section& from, const kind_of_service& kind)
{
    const auto foreign = [&from, &kind](std::string_view key, bool known, const char* whose)
    {
        if (from.given(key) && !known)
            from.warning(key, "has no meaning for " + std::string(kind.name) + " and is ignored", whose);
    };
    foreign("full_refresh_period_in_seconds", kind.hosts, "host_list and host_list_detection have it");
    foreign("launch_window_in_seconds", kind.name == "vm_scans", "vm_scans has it");
    foreign("exclude_own_activity", kind.name == "user_activity", "user_activity has it");
    foreign("page_size", kind.name != "vm_scans", "a list of scans comes in one page");
}

}  // namespace

std::optional<service>
read_service(const member& configured, const std::string& path, const surroundings& around, findings& out)
{
    const auto full = join_path(path, configured.key);
    const auto* kind = find_kind(configured.key);
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
    const section from(configured.value, part::service, full, out);
    report_foreign(from, *kind);

    service to;
    to.name = configured.key;
    to.period = from.seconds("request_period_in_seconds");
    to.tag = read_tag(from, kind->tag);
    to.start_time = read_start(from, around.now);
    if (const auto* filters = from.value("filters"))
        to.filters = read_filters(*filters, to.name, from.path_of("filters"), out);
    to.page_size = static_cast<std::uint32_t>(from.whole("page_size"));
    to.settle_delay = from.seconds("settle_delay_in_seconds");
    to.overlap = from.seconds("overlap_in_seconds");
    if (from.given("full_refresh_period_in_seconds") && kind->hosts)
        to.full_refresh = from.seconds("full_refresh_period_in_seconds");
    to.launch_window = from.seconds("launch_window_in_seconds");
    to.exclude_own_activity = from.flag("exclude_own_activity");
    to.obfuscation = read_obfuscation(from);
    to.limits = read_limits(from);
    return to;
}

}  // namespace qdc::settings
