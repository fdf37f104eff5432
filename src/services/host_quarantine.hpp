#pragma once

#include "base/utc.hpp"
#include "services/host_document.hpp"
#include "services/service.hpp"

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
        std::optional<utc_time> from;  ///< its window begins there; nothing: the whole host is due
        utc_time since{};
        std::string reason;
        host_cursor cursor;  ///< what of it is handed out already; not kept over a restart
    };

    /// Reads what text() wrote. False: it is something else.
    bool restore(const boost::json::array& saved);

    /// A JSON array; empty when nobody is in quarantine.
    std::string text() const;

    /// False: too many are in it, or too many in a row came, so that the fault is hardly theirs. Then those of the row
    /// are let out again; the walk has to go back to the first of them, whose id is in `first`.
    bool add(entry host, std::uint64_t& first);

    /// A page came whole: a new row begins.
    void page_came() noexcept { row_ = 0; }

    /// The first one with that id or a higher one; nullptr: none.
    const entry* from(std::uint64_t id) const;

    /// From now on next() gives each of them once.
    void begin_cycle();

    /// Whom to try alone; nullptr: all of this cycle are tried.
    entry* next();

    /// The one that next() gave was tried. `came`: it leaves.
    void tried(bool came);

    const std::vector<entry>& all() const noexcept { return hosts_; }

private:
    entry* find(std::uint64_t id);

    std::vector<entry> hosts_;          ///< ids ascend
    std::vector<std::uint64_t> due_;    ///< to be tried in this cycle, last first
    std::vector<std::uint64_t> added_;  ///< in their order, so that a row can be taken back
    std::size_t row_{0};                ///< of those added: without a whole page between them
};

}  // namespace qdc::services
