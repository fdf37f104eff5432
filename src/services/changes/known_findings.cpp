// Where host 1000 stands as brought: 1000 / 256 is 3, so under the key 2^63 + 3; 1000 % 256 is 232, so it is bit 0 of
// byte 29. The key holds those bits for the hosts 768 … 1023.

#include "services/changes/known_findings.hpp"

#include "base/number.hpp"
#include "services/service_kind.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace qdc::services
{
namespace
{

constexpr std::uint64_t hosts_together = 256;

/// The hosts of one key, and which of them a window has brought.
struct brought_hosts
{
    std::uint64_t window{0};
    std::array<unsigned char, hosts_together / 8> bits{};
};

/// The key of the bits that a host belongs to: behind all hosts.
std::uint64_t brought_key(std::uint64_t host)
{
    return known_findings::highest_host + 1 + host / hosts_together;
}

unsigned char bit_of(std::uint64_t host)
{
    return static_cast<unsigned char>(1u << (host % 8));
}

std::size_t byte_of(std::uint64_t host)
{
    return static_cast<std::size_t>(host % hosts_together / 8);
}

/// None, when the table has something else.
brought_hosts read_brought(std::optional<std::string_view> value, std::uint64_t window)
{
    brought_hosts read;
    if (value && value->size() == sizeof read)
        std::memcpy(&read, value->data(), sizeof read);
    return read.window == window ? read : brought_hosts{window, {}};
}

/// "12 345": 12 hosts with 345 findings; nothing: it is something else.
std::optional<known_counts> read_counts(std::string_view value)
{
    const auto blank = value.find(' ');
    if (blank == value.npos)
        return std::nullopt;
    const auto hosts = number_in<std::uint64_t>(value.substr(0, blank));
    const auto findings = number_in<std::uint64_t>(value.substr(blank + 1));
    return hosts && findings ? std::optional(known_counts{*hosts, *findings}) : std::nullopt;
}

/// Never below 0, even if the table has been wrong before.
void add(std::uint64_t& count, std::int64_t more)
{
    count = more < 0 ? count - std::min(count, static_cast<std::uint64_t>(-more))
                     : count + static_cast<std::uint64_t>(more);
}

}  // namespace

void known_findings::open()
{
    counts_ = read_counts(table_->find(summary_key).value_or("")).value_or(known_counts());
}

void known_findings::clear()
{
    if (table_->size() != 0)
        table_->clear();
    counts_ = {};
}

std::optional<known_host> known_findings::find(std::uint64_t host) const
{
    const auto value = host <= highest_host ? table_->find(host) : std::nullopt;
    return value ? decode(*value) : std::nullopt;
}

std::optional<std::uint64_t> known_findings::next(std::uint64_t host) const
{
    const auto found = table_->next(host);
    return found && *found <= highest_host ? found : std::nullopt;
}

void known_findings::take(const host_update& update)
{
    // Nothing changed, or the id is none that a host can have.
    if (update.id > highest_host || (!update.value && !update.erased))
        return;
    if (update.erased)
        table_->erase(update.id);
    else
        table_->put(update.id, *update.value);
    add(counts_.hosts, update.hosts);
    add(counts_.findings, update.findings);
    // The totals are in the table, too, so that they are saved in step with the hosts.
    if (update.hosts != 0 || update.findings != 0)
        table_->put(summary_key, std::to_string(counts_.hosts) + ' ' + std::to_string(counts_.findings));
}

void known_findings::brought(std::uint64_t window, std::uint64_t host)
{
    if (host > highest_host)
        return;
    const auto key = brought_key(host);
    auto hosts = read_brought(table_->find(key), window);
    // A host that an answer brings twice costs one write.
    if ((hosts.bits[byte_of(host)] & bit_of(host)) != 0)
        return;
    hosts.bits[byte_of(host)] = static_cast<unsigned char>(hosts.bits[byte_of(host)] | bit_of(host));
    std::string value(sizeof hosts, '\0');
    std::memcpy(value.data(), &hosts, sizeof hosts);
    table_->put(key, std::move(value));
}

bool known_findings::was_brought(std::uint64_t window, std::uint64_t host) const
{
    // Nothing can be known of such a host, so nothing of it can be gone.
    if (host > highest_host)
        return true;
    const auto hosts = read_brought(table_->find(brought_key(host)), window);
    return (hosts.bits[byte_of(host)] & bit_of(host)) != 0;
}

std::string known_summary(std::string_view value)
{
    const auto counts = read_counts(value);
    return counts ? std::to_string(counts->hosts) + " hosts, " + std::to_string(counts->findings) + " findings"
                  : std::string();
}

}  // namespace qdc::services
