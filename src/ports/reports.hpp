#pragma once

#include "base/histogram.hpp"
#include "base/trouble_id.hpp"
#include "base/utc.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace qdc
{

class http_stream;

/// What the parts report about themselves: plain values, kept up to date by their owners and read by whoever shows them
/// (metrics, status page, log), all on the one thread. Counters only grow; a report outlives a reload of the
/// configuration, so they go on.

/// What a service is doing.
enum class service_phase
{
    starting,  ///< its checkpoint is being read
    pulling,   ///< a call is under way, or events wait for room
    waiting,   ///< for its quota, a free place or the next try; `until` says how long
    resting,   ///< between two cycles
    refused,   ///< its login was refused: it pauses until `until`
    stopped,   ///< it could not start, or has ended
};

/// What a call to the source waits for.
enum class call_wait
{
    first_byte,  ///< of the answer
    next_byte,   ///< of it
    outputs,     ///< they have to take its events
};

/// A call under way, as it is seen from outside.
struct call_report
{
    call_wait waits_for{call_wait::first_byte};
    std::chrono::steady_clock::time_point since{};  ///< of the wait
    const http_stream* source{nullptr};  ///< asked how far the call came, by its owner only; a copy may outlive it
};

/// Something that went wrong, in words, and how often in a row.
struct error_note
{
    utc_time last{};
    std::uint64_t count{1};
    std::string text;  ///< as in the log; holds no secret
    trouble_id id{trouble_id::internal};
};

/// Notes an error in `newest_first`; the same text again only counts. Ten are kept.
inline void note_error(std::deque<error_note>& newest_first, utc_time now, trouble_id id, std::string text)
{
    constexpr std::size_t kept = 10;
    if (!newest_first.empty() && newest_first.front().text == text)
    {
        ++newest_first.front().count;
        newest_first.front().last = now;
        return;
    }
    newest_first.push_front({now, 1, std::move(text), id});
    if (newest_first.size() > kept)
        newest_first.pop_back();
}

/// Something that fails again and again, until it works: when it began, and how often it failed since.
struct failing_spell
{
    std::optional<std::chrono::steady_clock::time_point> since;
    std::uint64_t failures{0};

    void failed(std::chrono::steady_clock::time_point now)
    {
        since = since.value_or(now);
        ++failures;
    }

    /// It works. Returns what was, and begins again.
    failing_spell over() { return std::exchange(*this, {}); }
};

/// A record that cannot be fetched: it is left out. A host or a scan is tried again, alone, once in each cycle.
struct quarantined_record
{
    std::string kind;  ///< "host", "scan" or "row"
    std::string id;
    utc_time since{};
    std::string reason;
};

/// The account of one pull cycle.
struct receipt
{
    std::string pulling_id;  ///< @devo_pulling_id of its events
    utc_time started{};
    utc_time ended{};
    std::optional<utc_time> window_from;  ///< nothing: everything
    std::optional<utc_time> window_until;
    std::uint64_t requests{0};
    std::uint64_t pages{0};
    std::uint64_t received{0};   ///< records that the source sent, as events
    std::uint64_t filtered{0};   ///< left out on purpose: by a filter of ours
    std::uint64_t duplicate{0};  ///< delivered before, and dropped
    std::uint64_t sent{0};
    std::uint64_t confirmed{0};
    std::uint64_t bytes{0};  ///< of the answers, as they came over the wire
    std::string outcome;     ///< complete, partial, failed, login, retired
    std::string why;         ///< with any outcome but complete
};

/// One service of one input. The puller keeps it.
struct service_report
{
    std::string input;
    std::string service;

    service_phase phase{service_phase::starting};
    std::string doing;              ///< for people: "waits for the calls of this subscription"
    std::optional<utc_time> until;  ///< when the wait or the pause ends
    std::chrono::seconds period{};  ///< from the start of one cycle to that of the next; 0: not known

    std::uint64_t lanes{1};                         ///< calls that may be under way at once, as far as is known
    std::list<call_report> calls;                   ///< under way; each call has its place here
    std::chrono::steady_clock::time_point moved{};  ///< the last byte, page or confirmation
    std::uint64_t unconfirmed_events{0};            ///< handed to the outputs and not confirmed
    bool failing{false};                            ///< the last try failed: no page and no good cycle since
    trouble_id failure{trouble_id::internal};       ///< with `failing`: of that try
    std::optional<trouble_id> start_failure;        ///< why it cannot start yet: its store, or the clock
    failing_spell spell;                            ///< of calls that fail
    std::string save_failure;                       ///< why the checkpoint cannot be saved; empty: it can
    std::optional<double> clock_skew_seconds{};     ///< our clock less that of the source; nothing: not known
    double clock_tolerance_seconds{60};             ///< a larger difference is worth a warning

    std::uint64_t events_received{0};
    std::uint64_t events_duplicate{0};
    std::uint64_t events_sent{0};       ///< handed to the outputs
    std::uint64_t events_confirmed{0};  ///< by all of them
    std::uint64_t events_resent{0};     ///< sent once more because a connection was lost
    std::uint64_t pages{0};
    std::uint64_t received_bytes{0};
    std::uint64_t unknown_elements{0};
    std::vector<std::string> unknown_names;  ///< the first few of these elements
    std::uint64_t replaced_characters{0};
    std::uint64_t cut_fields{0};  ///< values beyond the limit of one field
    std::uint64_t state_fallbacks{0};
    std::map<std::pair<std::string, unsigned>, std::uint64_t> requests;  ///< by endpoint and HTTP status; 0: no answer
    std::map<std::string, std::uint64_t> errors;                         ///< by reason
    std::map<std::string, double> waited_seconds;                        ///< by reason
    std::map<std::string, std::uint64_t> obfuscated;                     ///< by outcome
    std::map<std::string, std::uint64_t> cycles;                         ///< by outcome
    std::map<std::string, std::uint64_t> changes;                        ///< by "@change"
    std::optional<std::uint64_t> findings_known;                         ///< of a service that sends changes
    std::uint64_t kb_misses{0};               ///< detections that went without their entry of the KnowledgeBase
    std::optional<std::uint64_t> kb_entries;  ///< in the index of a service that keeps one
    histogram cycle_seconds;

    std::optional<utc_time> checkpoint;    ///< when the last one was saved
    std::optional<utc_time> last_success;  ///< when a cycle was last complete, or partial
    std::optional<utc_time> watermark;     ///< data up to this time is confirmed at Devo
    std::uint32_t page_size{0};            ///< of the next call; 0: the service has no pages
    std::string position;                  ///< for people: "host 1234"
    std::vector<quarantined_record> quarantined;
    std::deque<error_note> last_errors;  ///< newest first, at most ten
    std::optional<receipt> running;      ///< of the cycle under way, so far
    std::optional<receipt> last;         ///< of the last cycle that ended
};

/// What Qualys said of one endpoint's limits, and what follows. The quota of an input keeps it.
struct quota_report
{
    std::string input;
    std::string endpoint;
    std::optional<std::uint64_t> limit;      ///< calls in a window
    std::optional<std::uint64_t> remaining;  ///< left of them, by our reckoning
    std::optional<std::uint64_t> window_seconds;
    std::optional<std::uint64_t> concurrency_limit;
    std::optional<std::uint64_t> running;  ///< calls of ours under way
    std::optional<utc_time> blocked_until;
    std::string reason;  ///< with blocked_until
};

/// One output.
struct output_report
{
    std::string output;
    std::string address;  ///< "host:port"; empty: standard output
    bool connected{false};
    std::uint64_t connections{0};
    std::uint64_t confirmations{0};
    std::uint64_t failures{0};  ///< connections that could not be made, were lost, or did not confirm
    failing_spell spell;        ///< of those in a row
    std::chrono::steady_clock::time_point moved{};  ///< when bytes were last taken, or confirmed
    std::string certificate_fault;  ///< why certificate files that have changed are not used; empty: they are
    std::uint64_t sent_events{0};
    std::uint64_t resent_events{0};  ///< of those: sent before on a connection that was lost
    std::uint64_t sent_bytes{0};     ///< as they went into the stream, packed or plain
    std::uint64_t unconfirmed_bytes{0};
    std::optional<std::chrono::steady_clock::time_point> unconfirmed_since;  ///< when the oldest of them came
    histogram confirm_seconds;  ///< from the end of a connection to its confirmation
    std::deque<error_note> last_errors;
};

/// One certificate of a configured file.
struct certificate_report
{
    std::string output;
    std::string file;  ///< name only
    utc_time expires{};
};

/// Everything that can be shown, at one moment.
struct collector_report
{
    utc_time now{};
    std::chrono::steady_clock::time_point steady_now{};  ///< the same moment, for spans within this process
    utc_time started{};
    bool ready{false};  ///< configuration loaded, state open, every service started
    bool stopping{false};
    std::vector<service_report> services;
    std::vector<quota_report> quotas;
    std::vector<output_report> outputs;
    std::vector<certificate_report> certificates;
    histogram loop_lag;
    std::uint64_t log_dropped{0};
    std::optional<utc_time> reloaded;  ///< the last reload that was taken
    std::string reload_failure;        ///< why the last reload was refused; empty: it was not
};

}  // namespace qdc
