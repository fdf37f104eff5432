#include "sandbox/hosts.hpp"

#include "sandbox/rng.hpp"

#include <algorithm>
#include <array>

namespace qdc::sandbox
{
namespace
{

constexpr std::uint64_t first_id = 1000001;
constexpr std::uint64_t stride = 7;

constexpr std::array<std::string_view, 8> systems{
    "Linux 5.x",
    "Amazon Linux 2",
    "Windows Server 2019 Standard 64 bit Edition Version 1809",
    "Red Hat Enterprise Linux 8.9",
    "Ubuntu Linux 22.04.3",
    "Cisco IOS <15.2(7)E3>",
    "10.15",  // a system that looks like a number
    "Windows® 11 Professionnel – Édition française",
};

}  // namespace

std::uint64_t host_id(const world& in, std::uint64_t host)
{
    return first_id + host * stride + dice(in.settings.seed, topic::host, host).below(stride);
}

std::uint64_t first_host_from(const world& in, std::uint64_t id)
{
    if (id <= first_id)
        return 0;
    std::uint64_t host = (id - first_id) / stride;
    if (host < in.settings.hosts && host_id(in, host) < id)
        ++host;
    return std::min(host, in.settings.hosts);
}

instant processed_at(const world& in, std::uint64_t host, std::uint64_t version)
{
    if (version > 0)
        return in.past.touches()[version - 1].at;
    constexpr std::uint64_t month = 30 * 86400;
    const auto age = 600 + dice(in.settings.seed, topic::host, host, 1).below(month);
    return in.begin - std::chrono::seconds(age);
}

bool is_bare(std::uint64_t host)
{
    return host % 61 == 17;
}

host_facts facts_of(const world& in, std::uint64_t host, std::uint64_t version)
{
    constexpr std::array<std::string_view, 4> methods{"IP", "DNS", "NETBIOS", "IP"};
    dice any(in.settings.seed, topic::host, host, 2);
    host_facts facts;
    facts.id = host_id(in, host);
    facts.processed = processed_at(in, host, version);
    facts.ip = "10." + std::to_string(host >> 16 & 255) + '.' + std::to_string(host >> 8 & 255) + '.' +
               std::to_string(host & 255);
    facts.in_cloud = any.one_in(5);
    facts.has_agent = any.one_in(4);
    facts.tracking = facts.in_cloud ? "EC2" : facts.has_agent ? "Cloud Agent" : any.pick(methods);
    facts.os = any.pick(systems);
    facts.name = (facts.in_cloud ? "i-0" : "srv") + std::to_string(100000 + any.below(900000));
    facts.netbios = "SRV" + std::to_string(host);
    if (in.settings.illegal_every != 0 && host % in.settings.illegal_every == 0)
        facts.netbios.insert(2, 1, '\0');
    facts.has_domain = any.below(3) != 0;
    facts.authenticated = any.one_in(2);
    return facts;
}

}  // namespace qdc::sandbox
