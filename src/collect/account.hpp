#pragma once

#include "collect/decision.hpp"
#include "collect/page.hpp"
#include "collect/subscription.hpp"
#include "ports/log.hpp"
#include "ports/reports.hpp"
#include "ports/sink.hpp"
#include "ports/state_store.hpp"
#include "ports/time_source.hpp"
#include "services/service.hpp"

#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qdc::collect
{

/// Where receipts go that are sent as events.
struct receipt_place
{
    std::string host;  ///< HOST of the frame
    std::string tag;   ///< empty: none are sent
};

/// The official collector's set-up of a service, which ends with the first answer that proves the login.
struct setup_lines
{
    log_origin log;
    std::string module;  ///< "QualysScansPuller"
};

/// What a lane waits for.
struct account_wait
{
    std::string doing;
    utc_time until{};
    service_phase phase{service_phase::waiting};
};

class account;

/// A lane waits as long as this lives. Its account outlives it.
class lane_wait
{
public:
    lane_wait(account& owner, account_wait wait);
    ~lane_wait();
    lane_wait(const lane_wait&) = delete;
    lane_wait& operator=(const lane_wait&) = delete;

private:
    account& owner_;
    std::list<account_wait>::iterator own_;
};

/// What is reported about one service: its report, for metrics and status, and the official collector's lines in the
/// log.
class account
{
public:
    /// Everything outlives it. The report goes on where an earlier account of the same service stopped.
    account(service_report& report, const services::service& service, time_source& time, const log_origin& log);

    /// The set-up is not over before the login is proven.
    void sets_up(setup_lines lines) { setup_ = std::move(lines); }

    bool is_set_up() const noexcept { return !setup_; }

    /// An answer came that only a good login gets.
    void login_proven();

    /// The service has taken up what was saved: how fresh its data was is known from the start.
    void took_up(const loaded_state& saved);

    void cycle_begins(utc_time now);

    /// @devo_pulling_id of the cycle under way; empty before the first.
    const std::string& pulling_id() const noexcept { return cycle_.pulling_id; }

    /// A call goes out.
    void calling();

    /// Its answer was read to its end, or failed.
    void answered(const qualys::endpoint& endpoint, const page_outcome& page);

    /// A page came complete. `logged`: there was a line about it already.
    void page_came(bool logged);

    /// Our clock less that of Qualys, and how much of that is no matter.
    void clock(std::chrono::duration<double> skew, std::chrono::seconds tolerance);

    /// Lanes of the cycle that may be under way at once.
    void lanes(std::uint64_t most) { report_.lanes = most; }

    /// A lane waits; logged once for each wait of a second or more. The wait lasts as long as what is returned.
    [[nodiscard]] lane_wait waits(const call_hold& hold);

    /// The same, for its next try after a failure.
    [[nodiscard]] lane_wait waits_for_next_try(const std::string& cause, time_source::time_point until);

    void waited(std::string_view reason, time_source::duration span);

    /// The service pauses until its next cycle, or because its login was refused.
    void pauses(service_phase phase, std::string doing, time_source::time_point until);

    void failed(trouble_id id, const std::string& text);

    /// The call that failed last was for a record in quarantine, alone: Qualys itself is well.
    void failed_alone();

    /// The last failure is that of a record: it is no reason for the service to stand still.
    void blame_record() { report_.failure = trouble_id::quarantine; }

    /// The receipt of the cycle that ends so, as an event to be pushed behind its last one; it counts as no event.
    batch receipt_event(std::string_view outcome, const receipt_place& place);

    /// Statistics and receipt. `reason`: with any outcome but "complete".
    void cycle_ends(std::string_view outcome, std::string reason);

    /// Whether the cycle under way brought an event, or anything else that a person should see.
    bool has_news() const;

    /// What is logged next in this cycle should be seen, whatever else the cycle brings.
    void note_news() noexcept { news_ = true; }

    /// Brings the report up to date; to be called before it is shown.
    void refresh();

private:
    friend class lane_wait;

    void show_phase();
    receipt current() const;
    void works_again();
    void note_names(const std::vector<std::string>& noted);
    void log_statistics(const char* prefix) const;

    service_report& report_;
    const services::service& service_;
    time_source& time_;
    const log_origin& log_;
    std::optional<setup_lines> setup_;
    services::tally synced_;     ///< what of the service's counts is in the report
    receipt before_;             ///< the report's counters when the cycle began
    std::uint64_t filtered_{0};  ///< of this cycle
    time_source::time_point began_{};
    receipt cycle_;
    std::list<account_wait> waits_;                       ///< of its lanes
    std::optional<time_source::time_point> logged_hold_;  ///< a wait until then is logged already
    bool news_{false};                                    ///< in this cycle
    bool in_cycle_{false};
};

}  // namespace qdc::collect
