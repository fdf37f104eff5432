#include "sandbox/knowledge.hpp"

#include "sandbox/rng.hpp"

#include <algorithm>
#include <string>

namespace qdc::sandbox
{
namespace
{

constexpr std::uint64_t first_qid = 10001;
constexpr std::uint64_t neighbours = 5;
constexpr std::uint64_t step = 7;  // from the first of five neighbours to that of the next

constexpr std::array<std::string_view, 4> types{
    "Vulnerability", "Potential Vulnerability", "Information Gathered", "Vulnerability or Potential Vulnerability"};
constexpr std::array<std::string_view, 4> categories{"CGI", "Windows", "Büro & Netz", "Local"};
constexpr std::array<std::string_view, 4> products{"openssl", "apache <httpd>", "zlib", "büro"};

bool flag_of(const parameter_map& given, const std::string& name)
{
    const auto found = given.find(name);
    return found != given.end() && found->second == "1";
}

bool is_patchable(const world& in, std::uint64_t entry)
{
    return dice(in.settings.seed, topic::entry, entry, 1).below(3) != 0;
}

std::string cve_of(std::uint64_t entry, std::uint64_t number)
{
    return "CVE-" + std::to_string(2000 + entry % 26) + '-' + std::to_string(1000 + entry * 7 % 90000 + number);
}

/// No list, an empty one, one CVE or several.
void describe_cves(document& out, std::uint64_t entry, dice& any)
{
    if (any.one_in(5))
        return;
    const auto list = out.open("CVE_LIST");
    const auto count = any.one_in(8) ? 0 : any.one_in(2) ? 1 : 1 + any.below(4);
    for (std::uint64_t number = 0; number < count; ++number)
    {
        const auto id = cve_of(entry, number);
        const auto cve = out.open("CVE");
        out.leaf("ID", out.keep(id));
        out.leaf("URL", out.keep("http://cve.example/cgi-bin/cvename.cgi?name=" + id + "&x=1"));
        out.close(cve);
    }
    out.close(list);
}

void describe_software(document& out, dice& any)
{
    const auto list = out.open("SOFTWARE_LIST");
    for (auto left = any.below(3); left > 0; --left)
    {
        const auto software = out.open("SOFTWARE");
        out.leaf("PRODUCT", any.pick(products));
        out.leaf("VENDOR", "none");
        out.close(software);
    }
    out.close(list);
}

void describe_references(document& out, std::uint64_t entry, dice& any)
{
    if (any.one_in(3))
        return;
    const auto list = out.open("VENDOR_REFERENCE_LIST");
    const auto reference = out.open("VENDOR_REFERENCE");
    out.leaf("ID", out.keep("KB" + std::to_string(4000000 + entry)));
    out.leaf("URL", "https://vendor.example/?a=1&b=2");
    out.close(reference);
    out.close(list);
}

void describe_correlation(document& out, dice& any)
{
    if (!any.one_in(6))
        return;
    const auto correlation = out.open("CORRELATION");
    const auto exploits = out.open("EXPLOITS");
    const auto source = out.open("EXPLT_SRC");
    out.leaf("SRC_NAME", "The Exploit-DB");
    const auto list = out.open("EXPLT_LIST");
    for (auto left = 1 + any.below(2); left > 0; --left)
    {
        const auto exploit = out.open("EXPLT");
        out.leaf("REF", "CVE-2020-1");
        out.leaf("DESC", "A <proof> & more");
        out.leaf("LINK", "");
        out.close(exploit);
    }
    out.close(list);
    out.close(source);
    out.close(exploits);
    out.close(correlation);
}

void describe_scores(document& out, dice& any)
{
    if (any.one_in(7))
        return;
    const auto cvss = out.open("CVSS");
    out.leaf("BASE", out.keep(std::to_string(any.below(10)) + ".4"), "source", "service");
    out.leaf("TEMPORAL", "4.0");
    out.close(cvss);
    const auto third = out.open("CVSS_V3");
    out.leaf("BASE", out.keep(std::to_string(any.below(10)) + ".8"));
    out.leaf("CVSS3_VERSION", "3.1");
    out.close(third);
}

void describe_texts(document& out, const world& in, const entry_view& view, dice& any)
{
    constexpr std::array<std::string_view, 3> names{"DIAGNOSIS", "CONSEQUENCE", "SOLUTION"};
    const auto longest = std::min<std::uint64_t>(in.settings.results_max, 600);
    for (const auto name : names)
    {
        const auto text = in.pool.slice(any, any.log_between(1, longest));
        if (view.texts)
            out.leaf(name, text);
    }
}

}  // namespace

entry_view read_entry_view(const parameter_map& given, const options& settings)
{
    entry_view view;
    view.pci_reasons = flag_of(given, "show_pci_reasons");
    view.modules = flag_of(given, "show_supported_modules_info");
    view.change_log = flag_of(given, "show_qid_change_log");
    view.texts = settings.kb_texts;
    if (given.contains("is_patchable"))
        view.patchable = flag_of(given, "is_patchable");
    return view;
}

std::uint64_t qid_of(std::uint64_t entry)
{
    return first_qid + entry / neighbours * step + entry % neighbours;
}

std::uint64_t first_entry_from(std::uint64_t qid)
{
    if (qid <= first_qid)
        return 0;
    const auto place = qid - first_qid;
    return place / step * neighbours + std::min(place % step, neighbours);
}

instant modified_at(const world& in, std::uint64_t entry, std::uint64_t version)
{
    if (version != 0)
        return in.past.entry_touches()[version - 1].at;
    constexpr std::uint64_t day = 24 * 3600;
    dice any(in.settings.seed, topic::entry, entry, 2);
    return in.begin - std::chrono::seconds(any.between(day, 3 * 365 * day));
}

bool shows(const world& in, const entry_view& view, std::uint64_t entry)
{
    return !view.patchable || *view.patchable == is_patchable(in, entry);
}

bool is_stuck(const world& in, std::uint64_t entry)
{
    const auto& stuck = in.settings.stuck_qid;
    return !stuck.empty() && std::find(stuck.begin(), stuck.end(), std::to_string(qid_of(entry))) != stuck.end();
}

void describe_entry(document& out, const world& in, std::uint64_t entry, std::uint64_t version, const entry_view& view)
{
    dice any(in.settings.seed, topic::entry, entry);
    const auto modified = modified_at(in, entry, version);
    out.number("QID", qid_of(entry));
    out.leaf("VULN_TYPE", any.pick(types));
    out.number("SEVERITY_LEVEL", 1 + any.below(5));
    auto title = "Entry " + std::to_string(entry) + " of <nobody> & \"all\"";
    if (version != 0)
        title += ", revision " + std::to_string(version);
    out.leaf("TITLE", out.keep(title));
    if (!any.one_in(9))
        out.leaf("CATEGORY", any.pick(categories));
    out.time("LAST_SERVICE_MODIFICATION_DATETIME", modified);
    if (!any.one_in(13))
        out.time("PUBLISHED_DATETIME", modified_at(in, entry, 0));
    if (!any.one_in(20))
        out.leaf("PATCHABLE", is_patchable(in, entry) ? "1" : "0");
    describe_software(out, any);
    describe_references(out, entry, any);
    describe_cves(out, entry, any);
    describe_texts(out, in, view, any);
    describe_correlation(out, any);
    describe_scores(out, any);
    out.leaf("PCI_FLAG", any.one_in(2) ? "1" : "0");
    if (view.pci_reasons)
    {
        const auto reasons = out.open("PCI_REASONS");
        out.leaf("PCI_REASON", "High CVSS");
        out.close(reasons);
    }
    if (any.one_in(4))
    {
        const auto threats = out.open("THREAT_INTELLIGENCE");
        for (auto left = 1 + any.below(2); left > 0; --left)
            out.leaf("THREAT_INTEL", "Easy_Exploit", "id", "5");
        out.close(threats);
    }
    if (view.modules)
        out.leaf("SUPPORTED_MODULES", "VM,CA-Windows Agent");
    const auto discovery = out.open("DISCOVERY");
    out.leaf("REMOTE", any.one_in(2) ? "1" : "0");
    const auto ways = out.open("AUTH_TYPE_LIST");
    out.leaf("AUTH_TYPE", "Windows");
    out.close(ways);
    out.close(discovery);
    if (view.change_log)
    {
        const auto log = out.open("CHANGE_LOG_LIST");
        const auto info = out.open("CHANGE_LOG_INFO");
        out.time("CHANGE_DATE", modified);
        out.leaf("COMMENTS", "QID logic updated");
        out.close(info);
        out.close(log);
    }
}

}  // namespace qdc::sandbox
