#pragma once

#include "base/utc.hpp"
#include "services/failure_row.hpp"
#include "services/host_progress.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace boost::json
{
class array;
}

namespace qdc::services
{

/// Hosts that cannot be fetched: one that never comes must not hold up all others. They are walked around, and tried
/// alone once in each later cycle, with the window in which they failed; then they leave.
class host_quarantine
{
public:
    struct entry
    {
        std::uint64_t id{0};
        std::optional<utc_time> from;  ///< its window begins there; nothing: the complete host is due
        utc_time since{};
        std::string reason;
        host_progress progress;  ///< what of it is handed out already; not kept over a restart
    };

    /// Reads what text() wrote. False: it is something else.
    bool restore(const boost::json::array& saved);

    /// A JSON array; empty when nobody is in quarantine.
    std::string text() const;

    /// Nothing: the host is left out. Ids: too many are in it, or too many in a row came, so that the fault is hardly
    /// theirs (failure_row). Then those of the row are out again, and the walk has to go back to them.
    std::vector<std::uint64_t> add(entry host);

    /// A page came complete: a new row begins.
    void page_came() noexcept { row_.reset(); }

    /// No host is to blame until a page comes complete.
    void begin_outage() noexcept { row_.begin_outage(); }

    bool is_outage() const noexcept { return row_.is_outage(); }

    /// The first one with that id or a higher one; nullptr: none.
    const entry* from(std::uint64_t id) const;

    /// nullptr: it is not in quarantine.
    const entry* find(std::uint64_t id) const;

    /// From now on next() gives each of them once.
    void begin_cycle();

    /// Whom to try alone; nothing: all of this cycle are tried, or are being tried.
    std::optional<std::uint64_t> next();

    bool has_next() const noexcept { return !due_.empty(); }

    /// What next() gave could not be tried now: it gives it again.
    void put_back(std::uint64_t id) { due_.push_back(id); }

    /// The host came.
    void leave(std::uint64_t id);

    /// The host did not come complete; what of it is handed out is in `progress`.
    void keep(std::uint64_t id, const host_progress& progress);

    const std::vector<entry>& all() const noexcept { return hosts_; }

private:
    std::vector<entry> hosts_;        ///< ids ascend
    std::vector<std::uint64_t> due_;  ///< to be tried in this cycle, last first
    failure_row<std::uint64_t> row_;
};

}  // namespace qdc::services
