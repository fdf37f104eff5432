#pragma once

#include "services/host_memory.hpp"
#include "services/host_quarantine.hpp"
#include "services/host_ranges.hpp"
#include "services/service.hpp"

namespace qdc::services
{

/// The frozen windows in which hosts are pulled: [mark - overlap, now - settle), by the time at which Qualys processed
/// a host. A window stays the same until its last page is done, whatever happens in between, so no host can slip
/// through while it is walked. Its mark moves only as far as Qualys' own clock vouches for: a clock of ours that is
/// wrong delays data, but skips none and repeats none. The first one reaches from the configured start, or takes the
/// complete inventory; so does one now and then when a full refresh is configured.
class host_window
{
public:
    /// Uses start_time, settle_delay, overlap, until, full_refresh and seed.
    explicit host_window(const service_options& options);

    /// Reads what state() wrote. A changed start_time_utc resets: then nothing is taken up, and that is fine.
    bool restore(std::string_view state, host_ranges& ranges, host_memory& memory, host_quarantine& quarantine);

    /// A JSON object, which holds the ranges, the memory and the quarantine, too.
    std::string state(const host_ranges& ranges, const host_memory& memory, const host_quarantine& quarantine) const;

    bool is_open() const noexcept { return until_.has_value(); }

    /// `now`: by the earlier of our clock and Qualys' own.
    void open(utc_time now, host_memory& memory);

    /// The first answer of the window shows Qualys' time: more than what had happened by then cannot be in it, whatever
    /// our clock showed when the window was opened. Later ones change nothing.
    void vouch(utc_time source_now, host_memory& memory);

    /// Everything up to `mark` counts as delivered.
    void mark_at(utc_time mark) { mark_ = mark; }

    /// Nothing was ever delivered.
    bool is_first() const noexcept { return !mark_; }

    /// The window is open because everything is to be sent again.
    bool is_refresh() const noexcept { return mark_ && until_ && from_ == start_ && last_full_ == until_; }

    /// As if nothing had been delivered.
    void begin_again();

    /// The last page is done: the mark moves to the end of the window.
    void close();

    /// Nothing: all hosts.
    std::optional<utc_time> from() const noexcept { return from_; }

    /// Nothing: no end is asked for. The first inventory has none, because hosts that were never processed belong to
    /// it.
    std::optional<utc_time> until() const;

    /// Of the fingerprints in the memory.
    std::uint64_t seed() const noexcept { return seed_; }

    std::optional<utc_time> mark() const noexcept { return mark_; }

private:
    std::optional<utc_time> start_;
    std::chrono::seconds settle_;
    std::chrono::seconds overlap_;
    std::optional<utc_time> fixed_until_;
    std::optional<std::chrono::seconds> full_refresh_;
    std::optional<utc_time> last_full_;  ///< end of the last window without a beginning
    std::optional<utc_time> mark_;
    std::optional<utc_time> from_;
    std::optional<utc_time> until_;
    std::optional<utc_time> vouched_until_;  ///< so much of the open window Qualys' own clock vouches for
    std::optional<utc_time> vouched_;        ///< the mark, as far as it did
    std::uint64_t seed_;                     ///< of the memory's fingerprints
};

}  // namespace qdc::services
