#pragma once

#include "base/keyed_values.hpp"
#include "services/changes/known_host.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace qdc::services
{

/// What follows for a host from an answer, once its events are in the outbox.
struct host_update
{
    std::uint64_t id{0};
    std::optional<std::string> value;  ///< known_host's bytes; nothing: they are as they were
    std::int64_t findings{0};          ///< so many more than before
    std::int64_t hosts{0};             ///< the same of hosts: 1, 0 or -1
    bool erased{false};
};

/// How much is known.
struct known_counts
{
    std::uint64_t hosts{0};
    std::uint64_t findings{0};
};

/// What is known of the findings of all hosts: the layout of the service's table.
///
/// | key              | value                                                                                     |
/// |------------------|-------------------------------------------------------------------------------------------|
/// | 1 … 2^63-1       | a host by its id: known_host                                                              |
/// | 2^63 + id / 256  | which of those 256 hosts the walk of a window has brought: its number, then a bit for each |
/// | summary_key      | hosts and findings, as decimal numbers with a blank between                               |
///
/// What a window has brought stands in the table because it has to outlive the program as the walk does. Old windows' bits
/// are not erased: another number makes them count as none.
class known_findings
{
public:
    /// Nothing is read of the table before open().
    explicit known_findings(std::shared_ptr<keyed_values> table) : table_(std::move(table)) {}

    keyed_values& table() const { return *table_; }

    /// What is known is read from the table, which is open now.
    void open();

    /// Forgets everything.
    void clear();

    /// Nothing: it is not known.
    std::optional<known_host> find(std::uint64_t host) const;

    /// The least id of a host that is known and not below `host`.
    std::optional<std::uint64_t> next(std::uint64_t host) const;

    /// The events of that answer are in the outbox: from now on this is known of the host.
    void take(const host_update& update);

    /// The walk of that window has brought the host.
    void brought(std::uint64_t window, std::uint64_t host);
    /// Whether it has. A host with an id that nothing can be known of counts as brought.
    bool was_brought(std::uint64_t window, std::uint64_t host) const;

    const known_counts& counts() const noexcept { return counts_; }

    /// No host has an id above this.
    static constexpr std::uint64_t highest_host = (std::uint64_t{1} << 63) - 1;

private:
    std::shared_ptr<keyed_values> table_;
    known_counts counts_;
};

/// "12 hosts, 345 findings", out of what stands under summary_key; "": nothing.
std::string known_summary(std::string_view value);

}  // namespace qdc::services
