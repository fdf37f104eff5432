#pragma once

#include "base/utc.hpp"
#include "services/failure_row.hpp"
#include "services/service.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qdc::services
{

/// QIDs from `first` to `last`; without `last` all from there on.
struct kb_slice
{
    std::uint64_t first{0};
    std::optional<std::uint64_t> last{};
};

/// How far the KnowledgeBase is pulled, and what that leaves to be asked. Pure.
///
/// | event                              | what follows                                                            |
/// |------------------------------------|-------------------------------------------------------------------------|
/// | a cycle begins, nothing is known   | a complete pull: the list of ids, then its slices                       |
/// | a cycle begins, a mark is known    | an update: one slice of everything, modified since mark - overlap       |
/// | the list of ids came               | slices of at most 2,000 known QIDs; the last one has no end             |
/// | the list, or a slice, was cut      | the next call begins where Qualys says, or behind what came             |
/// | the list of ids is refused         | slices of 50,000 numbers, until 20 empty ones behind the last known QID |
/// | entries are in the outbox          | the slice begins behind them                                            |
/// | a slice came                       | the next one; after the last the window closes, and the mark moves      |
/// | a slice does not come              | it is halved, down to one QID                                           |
/// | one QID does not come, three times | a suspect: when other calls work it is in quarantine                    |
/// | a sixth such QID in a row          | the endpoint is at fault: those of the row come out again               |
class kb_progress
{
public:
    /// Uses start_time, settle_delay, overlap and until.
    explicit kb_progress(const service_options& options);

    /// Reads what state() wrote. False: it is something else. A changed start_time_utc resets: nothing is taken up then.
    bool restore(std::string_view state);

    /// `index`: the generation of the index that belongs to it (base/keyed_values.hpp).
    std::string state(std::uint64_t index) const;

    /// What the restored state belongs to; nothing: it was set by hand.
    std::optional<std::uint64_t> restored_index() const noexcept { return restored_index_; }

    /// The restored state's, and that of the next ones: which members the index was made for.
    std::uint64_t members() const noexcept { return members_; }

    void set_members(std::uint64_t print) noexcept { members_ = print; }

    /// Everything up to `mark` is delivered.
    void mark_at(utc_time mark) { mark_ = mark; }

    /// The index is gone, or was made for something else: everything is pulled again.
    void pull_again();

    /// `source_now`: Qualys' clock, if it is known.
    void begin_cycle(utc_time now, std::optional<utc_time> source_now);

    /// What the answers hold is complete up to then at most.
    void vouch(utc_time source_now);

    /// A complete pull is under way: whatever is missing will come.
    bool is_complete_pull() const noexcept { return open_ && complete_; }

    /// A complete pull begins, or goes on in a new cycle, with the list of ids.
    bool wants_list() const noexcept { return open_ && complete_ && !listed_; }

    /// Where that list begins, or goes on.
    std::uint64_t list_from() const noexcept { return std::max(list_from_, next_); }

    /// `first_ids`: the first id of each slice; `last_id`: the largest QID of the list; `rest`: the list was cut, and goes
    /// on there.
    void list_came(
        const std::vector<std::uint64_t>& first_ids,
        std::uint64_t last_id,
        std::optional<std::uint64_t> rest = std::nullopt
    );
    /// There is no such list: slices are made by number.
    void list_refused();

    /// The slice to be asked for next; nothing: the window is done.
    std::optional<kb_slice> slice() const;

    /// Its entries in front of `next` are in the outbox.
    void took(std::uint64_t next);

    /// The QIDs of an answer did not ascend after all: the slice is read again from `first` on, should it be cut.
    void back_to(std::uint64_t first) { next_ = first; }

    /// It came complete, with so many entries.
    void slice_came(const kb_slice& asked, std::uint64_t entries);

    /// It came, but for what stands from `next` on.
    void slice_goes_on(std::uint64_t next);

    /// It did not come.
    what_next slice_failed(const call_failure& failure);

    /// Its one QID is to blame. `again`: too many in a row are, so none of them is.
    what_next leave_out(const call_failure& failure);

    /// The QID in quarantine to be tried next in this cycle.
    std::optional<std::uint64_t> probe() const;
    /// It was tried. `came`: it leaves the quarantine, else it stays until the next cycle tries it.
    void probed(std::uint64_t qid, bool came);

    std::vector<quarantined> in_quarantine() const;

    /// What an update asks for; nothing: everything.
    std::optional<utc_time> modified_after() const { return from_; }

    /// Nothing: no end is asked for.
    std::optional<utc_time> modified_before() const;

    std::optional<utc_time> mark() const { return mark_; }

    /// QIDs in front of it are taken, of the window.
    std::uint64_t next() const noexcept { return next_; }

private:
    struct left_out
    {
        utc_time since{};
        std::string reason;
        bool tried{false};  ///< in this cycle
    };

    void settle();
    void close();

    std::optional<utc_time> start_;
    std::chrono::seconds settle_;
    std::chrono::seconds overlap_;
    std::optional<utc_time> fixed_until_;
    std::optional<utc_time> mark_;
    std::optional<std::uint64_t> restored_index_;
    std::uint64_t members_{0};
    bool open_{false};      ///< a window is under way
    bool complete_{false};  ///< of everything
    std::optional<utc_time> from_;
    std::optional<utc_time> until_;
    std::uint64_t next_{1};                          ///< the first QID that is not taken
    bool listed_{false};                             ///< this cycle has the list of ids, or does without it
    std::uint64_t list_from_{0};                     ///< where a list that was cut goes on
    std::uint32_t list_parts_{0};                    ///< of it, so far
    bool by_number_{false};                          ///< it does without it
    std::uint64_t last_known_{0};                    ///< the largest QID that a list named or an answer brought
    std::uint32_t empty_row_{0};                     ///< slices without an entry, one after the other
    std::deque<std::optional<std::uint64_t>> ends_;  ///< of the slices; each begins behind the one before
    std::uint32_t failed_alone_{0};                  ///< failures in a row of a slice of one QID
    std::map<std::uint64_t, left_out> quarantine_;
    failure_row<std::uint64_t> row_;
};

}  // namespace qdc::services
