#include "sandbox/scans.hpp"

#include "sandbox/rng.hpp"

#include <algorithm>
#include <charconv>

namespace qdc::sandbox
{
namespace
{

constexpr std::uint64_t first_number = 10001;

scan_member text(std::string_view name, std::string_view value)
{
    return {name, scan_member::kind::text, std::string(value)};
}

scan_member null(std::string_view name)
{
    return {name, scan_member::kind::null, {}};
}

scan_member number(std::string_view name, std::string value)
{
    return {name, scan_member::kind::number, std::move(value)};
}

void add_scores(std::vector<scan_member>& row, dice& any)
{
    row.push_back(any.one_in(3) ? text("cve_id", "CVE-2024-6387") : null("cve_id"));
    row.push_back(null("vendor_reference"));
    row.push_back(null("bugtraq_id"));
    row.push_back(text("cvss_base", "5.9"));
    row.push_back(text("cvss_temporal", "4.7 (E:U/RL:OF/RC:C)"));
    if (any.one_in(6))  // digits that a reader of doubles would change
        row.push_back(number("risk_weight", any.one_in(2) ? "7.50" : "12345678901234567890"));
    if (any.one_in(8))
        row.push_back(number("offset", "-1.5e+3"));
}

void add_prose(std::vector<scan_member>& row, const world& in, dice& any)
{
    row.push_back(text("threat", in.pool.slice(any, 80)));
    row.push_back(text("impact", "An attacker on the \"same\" network / path could read <everything>."));
    row.push_back(text("solution", in.pool.slice(any, 60)));
    row.push_back(null("exploitability"));
    row.push_back(null("associated_malware"));
    row.push_back(text("results", in.pool.slice(any, any.log_between(in.settings.results_min, in.settings.results_max)))
    );
}

}  // namespace

instant launched_at(const world& in, std::uint64_t scan)
{
    if (const auto added = in.past.launch_of_added(scan))
        return *added;
    dice any(in.settings.seed, topic::scan, scan, 3);
    // One in sixteen is older than the 30 days that Qualys lists without being asked.
    const std::uint64_t day = 86400;
    const auto age = scan % 16 == 15 ? 40 * day : 3600 + any.below(25 * day);
    return in.begin - std::chrono::seconds(age);
}

std::string scan_reference(const world& in, std::uint64_t scan)
{
    return "scan/" + std::to_string(launched_at(in, scan).time_since_epoch().count()) + '.' +
           std::to_string(first_number + scan);
}

std::optional<std::uint64_t> find_scan(const world& in, std::string_view reference)
{
    const auto dot = reference.rfind('.');
    if (dot == std::string_view::npos)
        return std::nullopt;
    std::uint64_t tail = 0;
    std::from_chars(reference.data() + dot + 1, reference.data() + reference.size(), tail);
    if (tail < first_number || tail - first_number >= in.past.scan_count())
        return std::nullopt;
    const auto scan = tail - first_number;
    return scan_reference(in, scan) == reference ? std::optional(scan) : std::nullopt;
}

std::uint64_t finding_count(const world& in, std::uint64_t scan)
{
    const auto mean = in.settings.findings;
    const auto all =
        std::max<std::uint64_t>(1, dice(in.settings.seed, topic::finding, scan).between(mean / 2, mean + mean / 2));
    switch (in.past.state_of(scan))
    {
        case scan_state::finished:
            return all;
        case scan_state::canceled:
        case scan_state::error:
            return all / 3;
        default:
            return 0;
    }
}

std::vector<scan_member> finding_of(const world& in, std::uint64_t scan, std::uint64_t index)
{
    constexpr std::array<std::string_view, 3> types{"Vuln", "Practice", "Ig"};
    constexpr std::array<std::string_view, 3> systems{"Linux 5.x", "Windows® Server 2019", "日本語 OS"};
    dice any(in.settings.seed, topic::finding, scan, index, 1);
    std::vector<scan_member> row;
    row.reserve(32);
    const auto host = index / 16;
    row.push_back(text("ip", "192.0." + std::to_string(host >> 8 & 255) + '.' + std::to_string(host & 255)));
    row.push_back(text("dns", "srv" + std::to_string(host) + ".example.com"));
    row.push_back(any.one_in(2) ? null("netbios") : text("netbios", "SRV\\" + std::to_string(host)));
    row.push_back(text("os", any.pick(systems)));
    row.push_back(text("ip_status", "host scanned, found vuln"));
    row.push_back(number("qid", std::to_string(38000 + index % 16 * 100 + any.below(100))));
    row.push_back(text("title", "SSL Certificate - \"Subject\" Common Name ≠ server's name 🔒"));
    row.push_back(text("type", any.pick(types)));
    row.push_back(text("severity", std::to_string(1 + any.below(5))));
    row.push_back(any.one_in(3) ? null("port") : text("port", "443"));
    row.push_back(text("protocol", "tcp"));
    row.push_back(text("fqdn", ""));
    row.push_back(text("ssl", any.one_in(2) ? "yes" : "no"));
    add_scores(row, any);
    add_prose(row, in, any);
    row.push_back(text("pci_vuln", any.one_in(2) ? "yes" : "no"));
    if (!any.one_in(4))  // all keys are optional
        row.push_back(null("instance"));
    row.push_back(text("category", "General remote services"));
    return row;
}

std::string_view state_name(scan_state state)
{
    switch (state)
    {
        case scan_state::queued:
            return "Queued";
        case scan_state::running:
            return "Running";
        case scan_state::finished:
        case scan_state::finished_empty:
            return "Finished";
        case scan_state::canceled:
            return "Canceled";
        case scan_state::error:
            break;
    }
    return "Error";
}

}  // namespace qdc::sandbox
