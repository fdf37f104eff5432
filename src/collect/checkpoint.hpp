#pragma once

#include "base/error.hpp"
#include "flow/condition.hpp"
#include "ports/log.hpp"
#include "ports/reports.hpp"
#include "ports/sink.hpp"
#include "ports/state_store.hpp"
#include "ports/time_source.hpp"
#include "ports/value_store.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

namespace qdc::collect
{

/// How far a service is with a batch.
struct progress_note
{
    std::string state;                    ///< to be saved when the batch is confirmed
    std::uint64_t events{0};              ///< in the batch
    std::optional<utc_time> watermark{};  ///< data up to this time is complete then
};

/// Saves a service's state exactly as far as its events are confirmed, while the service goes on.
///
/// A save that fails (a full disk) leaves the earlier checkpoint; it is logged and tried again, with growing pauses,
/// until it works. Collecting goes on meanwhile: after a crash more would come twice, but nothing is lost.
class checkpoint
{
public:
    /// What is sent, confirmed and saved is counted in `report`. `remembered`: the table of the service, which is
    /// sealed with each note and saved in front of the state that names its generation; nullptr: it has none.
    /// Everything referred to outlives it.
    checkpoint(
        boost::asio::any_io_executor ex,
        state_store& store,
        state_key key,
        sink& out,
        time_source& time,
        log_origin log,
        service_report& report,
        value_store* remembered = nullptr
    );

    /// Once `batch` is confirmed, so are the events of the note, and its state may be saved. The state counts
    /// everything that was noted before, so it waits for the tickets of that too.
    void note(ticket batch, progress_note reached);

    /// Whether so much of the table waits to be saved that it should be noted, events or not.
    bool table_is_full() const;

    /// Waits while more than some MiB of the table wait to be saved: what is remembered must not fill the memory.
    boost::asio::awaitable<void> table_space();

    /// The cycle was good: once everything noted is confirmed, that moment is saved with the state, though it be the
    /// same.
    void note_success();

    /// Whether every event that was noted is confirmed.
    bool all_confirmed() const { return last_event_ <= out_.confirmed(); }

    /// Where events that are sent once more are counted.
    std::uint64_t& resent() noexcept { return report_.events_resent; }

    /// Follows the confirmations and saves; runs until it is stopped.
    boost::asio::awaitable<void> follow();

    /// Waits until everything noted is confirmed and saved, or until saving it has failed once.
    boost::asio::awaitable<error_code> settled();

private:
    struct entry
    {
        ticket at;
        std::uint64_t events;
        std::optional<utc_time> watermark;
        std::optional<std::string> state;  ///< nothing: neither it nor the table changed
        std::uint64_t generation{0};       ///< of the table, with `state`
        bool success{false};               ///< a good cycle ends with it
    };

    /// What is confirmed and to be saved.
    struct saving
    {
        std::string state;
        std::uint64_t generation{0};
        bool success{false};
    };

    void join_neighbours();
    std::optional<saving> take_confirmed();
    void count_unconfirmed();
    boost::asio::awaitable<void> save(saving next);
    boost::asio::awaitable<error_code> write(const saving& next, utc_time now);

    state_store& store_;
    state_key key_;
    sink& out_;
    time_source& time_;
    log_origin log_;
    service_report& report_;
    value_store* remembered_;
    ticket last_event_{0};     ///< of the last batch with events
    std::deque<entry> noted_;  ///< waiting for their confirmation, in the order of their tickets
    std::string newest_;       ///< noted last: waiting, being saved or saved
    std::uint64_t newest_generation_{0};
    std::string saved_;
    error_code failure_;  ///< of the last save
    condition moved_;
};

}  // namespace qdc::collect
