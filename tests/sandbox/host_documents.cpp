#include "sandbox/host_documents.hpp"

#include "sandbox/hosts.hpp"
#include "sandbox/rng.hpp"

namespace qdc::sandbox
{
namespace
{

using std::chrono::seconds;

/// Draws the details that the two lists do not share, in a sequence of its own for each block.
dice block(const world& in, std::uint64_t host, std::uint64_t which)
{
    return {in.settings.seed, topic::host_text, host, which};
}

void describe_identity(document& out, const host_facts& facts, const host_view& view, bool has_ipv6)
{
    out.number("ID", facts.id);
    if (view.asset_id)
        out.number("ASSET_ID", facts.id + 90000000);
    out.leaf("IP", out.keep(facts.ip));
    if (has_ipv6)
        out.leaf("IPV6", "2001:db8:0:0:0:0:0:5");
}

void describe_names(document& out, const host_facts& facts)
{
    const auto name = out.keep(facts.name);
    const auto domain = facts.has_domain ? std::string_view("prod.example.com") : std::string_view{};
    const auto full = facts.has_domain ? out.keep(facts.name + ".prod.example.com") : std::string_view{};
    out.leaf("DNS", facts.has_domain ? full : name);
    const auto dns = out.open("DNS_DATA");
    out.leaf("HOSTNAME", name);
    out.leaf("DOMAIN", domain);
    out.leaf("FQDN", full);
    out.close(dns);
}

void describe_cloud(document& out, const host_facts& facts)
{
    if (!facts.in_cloud)
        return;
    const auto name = out.keep(facts.name);
    out.leaf("CLOUD_PROVIDER", "AWS");
    out.leaf("CLOUD_SERVICE", "EC2");
    out.leaf("CLOUD_RESOURCE_ID", name);
    out.leaf("EC2_INSTANCE_ID", name);
}

void describe_tags(document& out, dice any, bool colours)
{
    constexpr std::array<std::string_view, 5> names{
        "prod & web",
        "Büro <Zürich>",
        "数据中心",
        "0042",
        "Cloud Agent",
    };
    const auto count = any.below(4);  // none, one or several
    const auto tags = out.open("TAGS");
    for (std::uint64_t i = 0; i < count; ++i)
    {
        const auto tag = out.open("TAG");
        out.number("TAG_ID", 7700000 + any.below(100000));
        out.leaf("NAME", names[(i + any.below(2)) % names.size()]);
        if (colours && any.one_in(3))
        {
            out.leaf("COLOR", "#FFFFFF");
            out.leaf("BACKGROUND_COLOR", "#CC0000");
        }
        out.close(tag);
    }
    out.close(tags);
}

void describe_attribute(document& out, std::string_view name, std::string_view value, instant at)
{
    const auto attribute = out.open("ATTRIBUTE");
    out.leaf("NAME", name);
    out.leaf("LAST_STATUS", "Success");
    out.leaf("VALUE", value);
    out.time("LAST_SUCCESS_DATE", at);
    out.leaf("LAST_ERROR_DATE", "");
    out.leaf("LAST_ERROR", "");
    out.close(attribute);
}

void describe_metadata(document& out, const host_facts& facts, dice any)
{
    if (!facts.in_cloud)
        return;
    const auto metadata = out.open("METADATA");
    const auto provider = out.open("EC2");
    const auto at = facts.processed - seconds(3600);
    // An account id with leading zeros: a number reader would lose them.
    describe_attribute(out, "latest/dynamic/instance-identity/document/accountId", "001234567890", at);
    if (any.one_in(2))
        describe_attribute(out, "latest/dynamic/instance-identity/document/region", "eu-central-1", at);
    out.close(provider);
    out.close(metadata);
}

void describe_cloud_tags(document& out, const host_facts& facts, dice any)
{
    if (!facts.in_cloud)
        return;
    const auto tags = out.open("CLOUD_PROVIDER_TAGS");
    for (auto count = any.below(3); count > 0; --count)
    {
        const auto tag = out.open("CLOUD_TAG");
        out.leaf("NAME", count == 1 ? "Owner" : "Kostenstelle/Größe");
        out.leaf("VALUE", count == 1 ? "web team" : "a=1&b=<2>");
        out.time("LAST_SUCCESS_DATE", facts.processed - seconds(3600));
        out.close(tag);
    }
    out.close(tags);
}

void describe_groups(document& out, dice any)
{
    const auto groups = out.open("ASSET_GROUP_LIST");
    for (auto count = any.below(3); count > 0; --count)
    {
        const auto group = out.open("ASSET_GROUP");
        out.number("ID", 10 + count);
        out.leaf("TITLE", count == 1 ? "DMZ" : "Büro & Lager");
        out.close(group);
    }
    out.close(groups);
}

void describe_scan_dates(document& out, const host_facts& facts, dice any)
{
    out.time("LAST_VM_SCANNED_DATE", facts.processed - seconds(30));
    out.number("LAST_VM_SCANNED_DURATION", 60 + any.below(900));
    if (!facts.authenticated)
        return;
    out.time("LAST_VM_AUTH_SCANNED_DATE", facts.processed - seconds(30));
    out.number("LAST_VM_AUTH_SCANNED_DURATION", 60 + any.below(900));
}

/// Elements that no version of the API has yet: a block, and a name that occurs more than once.
void describe_future(document& out, dice any)
{
    if (any.one_in(11))
    {
        const auto future = out.open("FUTURE_BLOCK");
        out.leaf("KIND", "new");
        out.leaf("NOTE", "");
        out.close(future);
    }
    if (any.one_in(13))
    {
        out.leaf("FUTURE_ROLE", "web");
        if (any.one_in(2))
            out.leaf("FUTURE_ROLE", "database");
    }
}

void describe_trurisk(document& out, dice any)
{
    out.number("TRURISK_SCORE", any.below(1001));
    out.number("ASSET_CRITICALITY_SCORE", 1 + any.below(5));
    const auto factors = out.open("TRURISK_SCORE_FACTORS");
    if (!any.one_in(5))
    {
        out.leaf("TRURISK_SCORE_FORMULA", "ACS * {w1*avg(QDS)} > 0 & < 1000");
        for (auto severity = any.below(6); severity > 0; --severity)
            out.leaf(
                "VULN_COUNT",
                out.keep(std::to_string(any.below(90))),
                "qds_severity",
                out.keep(std::to_string(severity))
            );
    }
    out.close(factors);
}

void describe_agent(document& out, const host_facts& facts)
{
    if (!facts.has_agent)
        return;
    out.time("LAST_BOOT", facts.processed - seconds(864000));
    out.leaf("SERIAL_NUMBER", "000012345");
    out.time("LAST_ACTIVITY", facts.processed - seconds(60));
    out.leaf("AGENT_STATUS", "Inventory Scan Complete");
    out.leaf("CLOUD_AGENT_RUNNING_ON", "QAGENT");
}

void describe_custody(document& out, dice any)
{
    out.leaf("OWNER", "acme_ab1");
    if (any.one_in(3))
        out.leaf("COMMENTS", "\n  first line\n\tsecond \"line\"  \n");
    const auto labels = out.open("USER_DEF");
    out.leaf("LABEL_1", "Location");
    out.leaf("VALUE_1", any.one_in(2) ? "Århus" : "");
    out.close(labels);
}

}  // namespace

void describe_detection_host(
    document& out, const world& in, std::uint64_t host, std::uint64_t version, const host_view& view
)
{
    const auto facts = facts_of(in, host, version);
    auto any = block(in, host, 0);
    describe_identity(out, facts, view, any.one_in(9));
    out.leaf("TRACKING_METHOD", facts.tracking);
    describe_groups(out, block(in, host, 1));
    out.leaf("NETWORK_ID", "0");
    out.leaf("NETWORK_NAME", "Global Default Network");
    out.leaf("OS", facts.os);
    if (any.one_in(6))
        out.leaf("OS_CPE", "cpe:/o:redhat:enterprise_linux:8.9::");
    describe_names(out, facts);
    describe_cloud(out, facts);
    if (any.one_in(3))
        out.leaf("NETBIOS", out.keep(facts.netbios));
    if (facts.has_agent)
        out.leaf("QG_HOSTID", "2f5b1a6e-0c1d-4c52-9d0a-000000000001");
    out.time("LAST_SCAN_DATETIME", facts.processed);
    describe_scan_dates(out, facts, block(in, host, 2));
    if (view.tags)
        describe_tags(out, block(in, host, 3), true);
    if (view.metadata)
        describe_metadata(out, facts, block(in, host, 4));
    if (view.cloud_tags)
        describe_cloud_tags(out, facts, block(in, host, 5));
    describe_future(out, block(in, host, 6));
}

void describe_listed_host(
    document& out, const world& in, std::uint64_t host, std::uint64_t version, const host_view& view
)
{
    const auto facts = facts_of(in, host, version);
    auto any = block(in, host, 0);
    describe_identity(out, facts, view, any.one_in(9));
    if (view.trurisk)
        describe_trurisk(out, block(in, host, 7));
    out.leaf("TRACKING_METHOD", facts.tracking);
    out.leaf("NETWORK_ID", "0");
    describe_names(out, facts);
    describe_cloud(out, facts);
    if (any.one_in(3))
        out.leaf("NETBIOS", out.keep(facts.netbios));
    out.leaf("OS", facts.os);
    if (view.all_details)
    {
        if (facts.has_agent)
            out.leaf("QG_HOSTID", "2f5b1a6e-0c1d-4c52-9d0a-000000000001");
        describe_agent(out, facts);
    }
    if (view.tags)
        describe_tags(out, block(in, host, 3), false);
    if (view.metadata)
        describe_metadata(out, facts, block(in, host, 4));
    if (view.cloud_tags)
        describe_cloud_tags(out, facts, block(in, host, 5));
    // Shown in every detail level, so that a host that was processed again is never byte for byte the same.
    out.time("LAST_VULN_SCAN_DATETIME", facts.processed);
    describe_scan_dates(out, facts, block(in, host, 2));
    if (view.all_details)
    {
        out.leaf("LAST_COMPLIANCE_SCAN_DATETIME", "");
        describe_custody(out, block(in, host, 8));
    }
    describe_future(out, block(in, host, 6));
    if (view.groups)
        out.leaf("ASSET_GROUP_IDS", any.one_in(2) ? "11,12" : "11");
}

}  // namespace qdc::sandbox
