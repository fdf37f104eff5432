#pragma once

#include "base/keyed_values.hpp"
#include "base/utc.hpp"
#include "devo/event_writer.hpp"
#include "qualys/endpoint.hpp"
#include "services/drift.hpp"
#include "services/exchange.hpp"
#include "services/extra_parameters.hpp"
#include "services/notice.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qdc::services
{

struct enrichment;

/// What the configuration says about a service, as far as it decides what is asked.
struct service_options
{
    qualys::parameters filters;
    std::optional<utc_time> start_time;  ///< nothing: the service's own default
    std::uint32_t page_size{1000};
    std::chrono::seconds settle_delay{60};
    std::chrono::seconds overlap{120};
    std::optional<std::chrono::seconds> full_refresh;  ///< host services: a full snapshot so often; nothing: never
    std::optional<utc_time> until;  ///< ends the window here instead of at now - settle_delay: for `pull`

    std::chrono::seconds launch_window{30 * 24 * 3600};  ///< vm_scans: how far back scans are listed again
    std::uint64_t seed{0};  ///< of fingerprints, when no state brings one: it must not be known outside
    std::string own_user;   ///< user_activity: the account whose rows are left out; empty: none are

    std::shared_ptr<enrichment> wanted;  ///< what the input's detections want of the KnowledgeBase; nullptr: nothing

    std::string account;                                   ///< whose login it is
    std::map<std::string, std::string, std::less<>> keys;  ///< configuration keys of the service's own: service_kind
    extra_parameters extra;                                ///< sent with its list call

    /// Those that service_kind::tables asks for, by name. What is put is confirmed and saved as its state() is.
    std::map<std::string, std::shared_ptr<keyed_values>, std::less<>> tables;
};

/// What went through since the service was made. Plain counts; whoever shows them takes differences.
struct tally
{
    std::uint64_t received{0};   ///< records that the source sent, as events
    std::uint64_t duplicate{0};  ///< of those: delivered already, and dropped
    std::uint64_t filtered{0};   ///< of those: left out because the configuration says so
    std::uint64_t unknown_elements{0};
    std::uint64_t replaced_characters{0};
    std::uint64_t cut_fields{0};       ///< values beyond the limit of one field
    std::uint64_t unreadable_rows{0};  ///< of the activity log, left out
    drift unknown_names;               ///< among the unknown elements

    std::map<std::string, std::uint64_t, std::less<>> changes;  ///< sent, by "@change"
    std::optional<std::uint64_t> findings_known;                ///< now; nothing: the service sends no changes

    std::uint64_t kb_misses{0};               ///< detections that went without their entry of the KnowledgeBase
    std::optional<std::uint64_t> kb_entries;  ///< now; nothing: the service keeps no index of them
};

/// What a cycle asks for; nothing: no beginning, or no end.
struct time_window
{
    std::optional<utc_time> from;
    std::optional<utc_time> until;
};

/// A record that cannot be fetched and is left out for now.
struct quarantined
{
    std::string kind;  ///< "host", "scan", "row" or "QID"
    std::string id;
    utc_time since{};
    std::string reason;
};

/// The way of one service through its cycles: which calls are made, how their answers become events, what has to be
/// remembered. Pure: no I/O and no clock. The loops around it are collect/'s.
class service
{
public:
    virtual ~service() = default;

    /// "host_list_detection": as in the configuration, in metrics and in the name of the state file.
    virtual std::string_view name() const = 0;

    /// Takes up a saved state. False: it is none of this service's, and nothing was changed.
    virtual bool restore(std::string_view state) = 0;

    /// To be remembered once every event that was taken so far is confirmed: a JSON object. A member `base` in front, an
    /// object, is saved once while it stays the same; the size of the others does not depend on what was pulled before.
    virtual std::string state() const = 0;

    /// A state that says: everything up to `mark` is delivered. `ids` are what the official collector remembered of the
    /// events at that very time; a service that has no use for them ignores them.
    virtual std::string state_at(utc_time mark, const std::vector<std::string>& ids) const = 0;

    /// A cycle starts at `now`; no exchange of an earlier one is left. An unfinished window of the state is taken up,
    /// otherwise a new one is opened, which ends by the earlier of our clock and Qualys' own. `source_now`: what Qualys'
    /// says; nothing: that is not known yet, and the first answer will tell (exchange::dated).
    virtual void begin_cycle(utc_time now, std::optional<utc_time> source_now) = 0;

    void begin_cycle(utc_time now) { begin_cycle(now, std::nullopt); }

    /// Whether something may come up between two cycles that cannot wait for the next one.
    virtual bool knows_urgent_calls() const { return false; }

    /// Whether it has: then a cycle of that alone may begin.
    virtual bool has_urgent_call(utc_time now) const
    {
        static_cast<void>(now);
        return false;
    }

    virtual void begin_urgent_cycle(utc_time now) { static_cast<void>(now); }

    /// The next call that may go out now. Nothing: none until one that is under way has ended, or the cycle is complete.
    virtual std::unique_ptr<exchange> next() = 0;

    /// The cycle has no further call, and none is under way.
    virtual bool is_complete() const = 0;

    /// How many records the next page asks for; 0: its endpoint gives no pages.
    virtual std::uint32_t records_per_page() const { return 0; }

    virtual std::vector<quarantined> in_quarantine() const { return {}; }

    /// The window of the cycle under way, else of the last one.
    virtual time_window window() const = 0;

    virtual const tally& counts() const = 0;

    /// How far the service is, for people: "host 1234".
    virtual std::string position() const = 0;

    /// Data up to this time is complete once everything taken is confirmed; nothing before the first window.
    virtual std::optional<utc_time> watermark() const = 0;

    /// What is worth a warning, or its end a line: an announced end of service, a record left out …, each once.
    virtual std::vector<notice> take_notices() = 0;

    /// What went well and is worth a line in the log ("Fetched scan with reference …"), each once.
    virtual std::vector<std::string> take_messages() { return {}; }
};

}  // namespace qdc::services
