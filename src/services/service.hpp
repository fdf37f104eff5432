#pragma once

#include "base/error.hpp"
#include "base/utc.hpp"
#include "decode/progress.hpp"
#include "devo/event_writer.hpp"
#include "qualys/endpoint.hpp"
#include "qualys/refusal.hpp"
#include "services/drift.hpp"
#include "services/extra_parameters.hpp"

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
    std::string own_user;  ///< user_activity: the account whose rows are left out; empty: none are

    std::string account;                                   ///< whose login it is
    std::map<std::string, std::string, std::less<>> keys;  ///< configuration keys of the service's own: service_kind
    extra_parameters extra;                                ///< sent with its list call
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
};

/// Reads one answer, whatever it is. Lives as long as the exchange.
class answer_reader
{
public:
    virtual ~answer_reader() = default;

    /// Takes bytes from the front of `in`. After `paused` the finished events have to be taken before more is fed.
    virtual result<decode::progress> feed(std::string_view& in) = 0;

    /// The body is complete. Call again after `paused`. Errors: errc::refused and the decoders' own.
    virtual result<decode::progress> finish() = 0;

    /// With errc::refused: what was said; its HTTP status is left to the caller.
    virtual const qualys::refusal& refused() const = 0;

    /// With any other error: where and why, for people: "line 7, column 3: not well-formed".
    virtual std::string fault() const = 0;
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
    std::uint64_t id{0};
    utc_time since{};
    std::string reason;
};

/// The way of one service through its cycles: which call comes next, how its answer becomes events, what has to be
/// remembered. Pure: no I/O and no clock. The loops around it are collect/'s.
///
/// A cycle: begin_cycle, then for each call next_call, open_answer, and close_answer when it was read to its end (or
/// drop_answer when it was not), until there is no further call.
class service
{
public:
    virtual ~service() = default;

    /// "host_list_detection": as in the configuration, in metrics and in the name of the state file.
    virtual std::string_view name() const = 0;

    /// Takes up a saved state. False: it is none of this service's, and nothing was changed.
    virtual bool restore(std::string_view state) = 0;

    /// What to remember once every event that was handed out so far is confirmed: a JSON object. Its size does not
    /// depend on what has been pulled before.
    virtual std::string state() const = 0;

    /// A state that says: everything up to `mark` is delivered. `ids` are what the official collector remembered of the
    /// events at that very time; a service that has no use for them ignores them.
    virtual std::string state_at(utc_time mark, const std::vector<std::string>& ids) const = 0;

    /// A cycle starts at `now`. An unfinished window of the state is taken up, otherwise a new one is opened.
    virtual void begin_cycle(utc_time now) = 0;

    /// The next call of the cycle; nothing: the cycle is complete. Asked again after drop_answer() it resumes behind
    /// the last complete record.
    virtual std::optional<qualys::call> next_call() = 0;

    /// The reader for the answer to that call. Valid until close_answer() or drop_answer().
    virtual answer_reader& open_answer() = 0;

    /// The answer was read to its end: the cursor moves on. Fails with errc::cursor_stands_still.
    virtual error_code close_answer() = 0;

    /// The answer was cut or refused; what was complete in it stays.
    virtual void drop_answer() = 0;

    /// The call that next_call() gave last was refused, and asking again would not help; its answer, if one was opened, is
    /// dropped. True: the service can do without it until the next cycle, and next_call() gives another call. False: the
    /// cycle cannot go on.
    virtual bool skip_call() { return false; }

    /// Whether its endpoint gives answers page by page.
    virtual bool has_pages() const { return false; }

    /// How many records the next calls ask for, where there are pages.
    virtual void ask_for(std::uint32_t records) { static_cast<void>(records); }

    /// The record behind the last complete one cannot be fetched, though nothing else was asked for with it. True: the
    /// service leaves it out and next_call() goes on behind it. False: it cannot, or has done so too often in a row to
    /// believe that it is the records' fault. `reason` is one word: it is saved, so it must not quote an answer.
    virtual bool quarantine_next(utc_time now, const std::string& reason)
    {
        static_cast<void>(now);
        static_cast<void>(reason);
        return false;
    }

    virtual std::vector<quarantined> in_quarantine() const { return {}; }

    /// The call that next_call() gave last asks for a record in quarantine: one failure is enough, then skip_call().
    virtual bool is_probe() const { return false; }

    /// The window of the cycle under way, else of the last one.
    virtual time_window window() const = 0;

    /// Where the events gather.
    virtual devo::event_writer& events() = 0;

    virtual const tally& counts() const = 0;

    /// How far the service is, for people: "host 1234".
    virtual std::string position() const = 0;

    /// Data up to this time is complete once everything handed out is confirmed; nothing before the first window.
    virtual std::optional<utc_time> watermark() const = 0;

    /// Notices that came with answers (an announced end of service …), each once.
    virtual std::vector<std::string> take_notices() = 0;

    /// What went well and is worth a line in the log ("Fetched scan with reference …"), each once.
    virtual std::vector<std::string> take_messages() { return {}; }
};

}  // namespace qdc::services
