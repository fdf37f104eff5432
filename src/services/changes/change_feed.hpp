#pragma once

#include "base/utc.hpp"
#include "services/changes/host_changes.hpp"
#include "services/changes/known_findings.hpp"
#include "services/service.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qdc::services
{

/// What the configuration says about changes.
struct change_options
{
    bool all{false};  ///< what is sent without changes is sent too, the changes with a tag of their own
    std::string tag;  ///< with `all`: theirs
    std::vector<std::string> added_statuses;  ///< nobody wanted them: what has one is not sent without changes
    bool silent_baseline{false};              ///< the first pull is learnt, not sent
    bool partial_answers{false};              ///< a filter may hide a finding for a while
    std::vector<std::string> masked;          ///< members of a detection that obfuscation changes: not in "@was"
    std::vector<std::string> ignored;         ///< members that do not count
};

/// Reads the keys `deliver`, `changes_tag` and `changes`, and asks for what changes need in `filters`. Nothing: no changes
/// are sent. `statuses`: those that are asked for when `filters` names none.
std::optional<change_options> read_change_options(service_options& options, std::string_view statuses);

/// Of a cycle in which everything is compared.
enum class comparison
{
    plain,
    baseline,  ///< the first pull
    refresh,   ///< everything is sent
};

/// What a host service that sends changes keeps beside its walk: what is known, how far the lists of ids behind the walk are
/// read, and what stands of that in the state.
///
/// ```
///   walk of the window ──▶ the window's list of ids ──▶ the window closes ──▶ the list of all ids, once a day
///   new, changed, fixed,    gone, of hosts that the                            host_gone, of hosts that two
///   reopened, gone          walk did not bring                                 such lists lack
/// ```
///
/// The list comes behind the walk, never before it: a host leaves a window when it is processed again, so one that the list
/// still names was in it all the time.
class change_feed
{
public:
    change_feed(change_options configured, std::shared_ptr<keyed_values> table);

    /// As they are configured.
    const change_options options;
    /// What counts as a change, and what "@was" must not show.
    const counted_members counted;
    /// What is known of all hosts, in the table.
    known_findings known;

    /// Takes up what members() wrote into a state. False: what is known does not reach as far as that state, so everything
    /// has to be compared once more. The table is open.
    bool restore(std::string_view state);

    /// `"changes":{…}` for the state.
    std::string member() const;

    /// A window opens. With comparison::baseline everything known is forgotten.
    void open_window(comparison kind);

    /// A cycle begins at `now`.
    void begin_cycle(utc_time now) { now_ = now; }

    /// Of the cycle under way.
    comparison kind() const noexcept { return kind_; }

    /// A cycle goes on with a window that is open.
    void resume(comparison kind) { kind_ = kind; }

    /// The number of the open window: marks of hosts that came count for that one alone.
    std::uint64_t window() const noexcept { return window_; }

    /// The walk of the open window is over, and its list of ids has to be read.
    bool walked() const noexcept { return walked_; }

    void walk_ends() noexcept { walked_ = true; }

    /// The first id that the list of ids of the window has not been compared up to.
    std::uint64_t listed() const noexcept { return listed_; }

    void listed_up_to(std::uint64_t id) noexcept { listed_ = id; }

    /// The list of ids of the window is through.
    void window_ends() noexcept { walked_ = false; }

    /// Whether the list of all ids is to be asked for.
    bool wants_complete_list() const;

    /// The list of all ids came completely; the next one is due missing_time later.
    void complete_list_came(utc_time time) noexcept { complete_at_ = time; }

    /// It did not come; no more of it in this cycle.
    void without_complete_list() noexcept { skipped_at_ = now_; }

    /// When the cycle under way began.
    utc_time now() const noexcept { return now_; }

private:
    comparison kind_{comparison::plain};
    std::uint64_t window_{0};
    bool walked_{false};
    std::uint64_t listed_{1};
    std::optional<utc_time> complete_at_;
    std::optional<utc_time> skipped_at_;
    utc_time now_{};
};

/// So long a host has to be missing in the lists of all ids.
inline constexpr std::chrono::hours missing_time{24};

}  // namespace qdc::services
