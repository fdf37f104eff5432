#include "collect/checkpoint.hpp"

#include "flow/backoff.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

// What becomes of notes. "7: A" is the state A, noted with the batch of ticket 7.
//
//   lanes                    notes that wait         outbox           disk
//   note(7, A)               7: A
//   note(8, B)               7: A  8: B
//   note(8, C)               7: A  8: B  8: C
//                                                    confirmed = 7    A
//                            8: B  8: C              confirmed = 8    C (B is older than it, and never written)
//   note(9, D)               9: D                                     the disk is full
//                            9: D is taken           confirmed = 9    D fails, and is tried again after 1 s, 2 s …
//   note(10, E)              10: E                   confirmed = 10   E, as the next try: D is left out
namespace qdc::collect
{

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace
{

// A state can be 100 kB large. With the default replay buffer some hundred batches are on their way: a note for each
// 256 KiB or so is enough.
constexpr std::size_t most_notes = 32;

// Where states are larger, fewer notes have to do; some are always needed, because joined ones wait for the later ticket.
constexpr std::size_t most_noted_bytes = 64u << 10;
constexpr std::size_t few_notes = 8;

// Of a table, while it waits to be saved.
constexpr std::size_t most_waiting_bytes = 8u << 20;

}  // namespace

checkpoint::checkpoint(
    asio::any_io_executor ex,
    state_store& store,
    state_key key,
    sink& out,
    time_source& time,
    log_origin log,
    service_report& report,
    value_store* remembered
)
    : store_(store),
      key_(std::move(key)),
      out_(out),
      time_(time),
      log_(std::move(log)),
      report_(report),
      remembered_(remembered),
      moved_(std::move(ex))
{
}

void checkpoint::note(ticket batch, progress_note reached)
{
    // The notes stay in the order of their tickets, because follow() looks at the first one only.
    if (!noted_.empty())
        batch = std::max(batch, noted_.back().at);
    report_.events_sent += reached.events;
    if (reached.events != 0)
        last_event_ = batch;
    // What was put up to here belongs to the events up to here.
    const auto generation = remembered_ != nullptr ? remembered_->seal() : 0;
    std::optional<std::string> changed;
    // A state that is the newest already is not kept, or written, once more.
    if (reached.state != newest_ || generation != newest_generation_)
    {
        newest_ = reached.state;
        newest_generation_ = generation;
        changed = std::move(reached.state);
    }
    // Neither a state nor events: there is nothing to wait for.
    else if (reached.events == 0)
    {
        return;
    }
    noted_.push_back({batch, reached.events, reached.watermark, std::move(changed), generation});
    std::size_t bytes = 0;
    for (const auto& one : noted_)
        bytes += one.state ? one.state->size() : 0;
    if (noted_.size() > most_notes || (noted_.size() > few_notes && bytes > most_noted_bytes))
        join_neighbours();
    count_unconfirmed();
    // follow() may be waiting for a first note.
    moved_.notify_all();
}

void checkpoint::note_success()
{
    if (newest_.empty())
        return;  // nothing was ever noted: there is no state to save it with
    // Behind everything that was handed out, the receipt too.
    // The mark needs a note with a state, and one that waits for everything; where there is none it gets one.
    if (noted_.empty() || !noted_.back().state || noted_.back().at < out_.pushed())
        noted_.push_back({out_.pushed(), 0, std::nullopt, newest_, newest_generation_});
    noted_.back().success = true;
    moved_.notify_all();
}

void checkpoint::count_unconfirmed()
{
    report_.unconfirmed_events = 0;
    for (const auto& one : noted_)
        report_.unconfirmed_events += one.events;
}

/// Of each two notes one is left, which counts when the later one's events are confirmed. A connection that is slow to
/// confirm holds up all notes behind it, while later ones carry on: without a bound their states would fill the memory.
void checkpoint::join_neighbours()
{
    // For example, with the events of each batch in brackets:
    //
    //   1: A (10)   2: B (5)   3: C (7)   4: – (1)   5: E (2)      becomes      2: B (15)   4: C (8)   5: E (2)
    //
    // The later ticket is always kept: a state must not be saved before all of its events are confirmed.
    std::deque<entry> joined;
    for (std::size_t position = 0; position + 1 < noted_.size(); position += 2)
    {
        auto& earlier = noted_[position];
        auto& later = noted_[position + 1];
        later.events += earlier.events;
        later.success = later.success || earlier.success;
        // Where the later note says nothing new, what the earlier one said still holds.
        if (!later.watermark)
            later.watermark = earlier.watermark;
        if (!later.state)
        {
            later.state = std::move(earlier.state);
            later.generation = earlier.generation;
        }
        joined.push_back(std::move(later));
    }
    if (noted_.size() % 2 == 1)
        joined.push_back(std::move(noted_.back()));
    noted_ = std::move(joined);
}

asio::awaitable<void> checkpoint::follow()
{
    for (;;)
    {
        while (noted_.empty())
            co_await moved_.wait();
        // Sleeps until the ticket of the first note is confirmed, or one behind it.
        if (noted_.front().at > out_.confirmed())
        {
            const auto before = noted_.front().at - 1;
            [[maybe_unused]] const auto confirmed = co_await out_.confirmed_beyond(before);
        }
        // Many notes may be confirmed at once; only the newest state among them is written.
        auto next = take_confirmed();
        if (next)
            co_await save(std::move(*next));
        // Events without a new state: settled() may have waited for just these.
        else
            moved_.notify_all();
    }
}

/// Counts what is confirmed. Returns the newest state in it.
std::optional<checkpoint::saving> checkpoint::take_confirmed()
{
    std::optional<saving> next;
    const auto waiting = noted_.size();
    for (const auto confirmed = out_.confirmed(); !noted_.empty() && noted_.front().at <= confirmed; noted_.pop_front())
    {
        auto& reached = noted_.front();
        report_.events_confirmed += reached.events;
        if (reached.watermark)
            report_.watermark = reached.watermark;
        // A good cycle stays one, also when a newer state takes the place of the one that it ended with.
        if (reached.state)
            next = saving{std::move(*reached.state), reached.generation, reached.success || (next && next->success)};
    }
    // The report shows since when nothing has moved.
    if (noted_.size() != waiting)
        report_.moved = time_.now();
    count_unconfirmed();
    return next;
}

asio::awaitable<void> checkpoint::save(saving next)
{
    const auto began = time_.now();
    for (std::uint32_t attempt = 1;; ++attempt)
    {
        const auto now = time_.utc_now();
        failure_ = co_await write(next, now);
        const bool written = !failure_;
        // Metrics and status page show why, until it works.
        report_.save_failure = written ? std::string() : failure_.message();
        if (written)
        {
            saved_ = next.state;
            report_.checkpoint = now;
            report_.moved = time_.now();
        }
        // settled() and table_space() look again, whether it worked or not.
        moved_.notify_all();
        // The end of a trouble that was logged is logged too.
        const auto lasted = std::chrono::duration<double>(time_.now() - began).count();
        if (written && attempt > 1)
            log_.info(
                fmt::format("The checkpoint of {} is saved again, after {:.0f} s", key_.service, lasted),
                {{"lasted_seconds", lasted}}
            );
        if (written)
            co_return;

        // Without the wait, so that the same failure counts as one.
        constexpr auto id = trouble_id::checkpoint_unsaved;
        note_error(report_.last_errors, now, id, "The checkpoint could not be saved: " + failure_.message());
        const auto pause = backoff_delay(attempt, 1s, 60s, 0.5);
        log_.error(
            id,
            "The checkpoint of " + key_.service + " could not be saved: " + failure_.message() +
                ". The earlier one stays, each cycle still delivers what it collects, and saving is tried again in " +
                std::to_string(std::chrono::ceil<std::chrono::seconds>(pause).count()) +
                " s; what is collected until then would come again after a restart"
        );
        co_await time_.sleep_for(pause);
        // Meanwhile more may have been confirmed: then the next try writes that at once.
        if (auto newer = take_confirmed())
            next = saving{std::move(newer->state), newer->generation, newer->success || next.success};
    }
}

/// The table first: a state never names what is not durable. Ahead of the state it may be, because all of this is
/// confirmed.
asio::awaitable<error_code> checkpoint::write(const saving& next, utc_time now)
{
    if (remembered_ != nullptr)
    {
        const auto unsaved = co_await remembered_->save(next.generation);
        if (unsaved)
            co_return unsaved;
    }
    // With a good cycle the moment of the save is saved too, as its end.
    const auto success = next.success ? std::optional(now) : std::nullopt;
    const auto written = co_await store_.save(key_, next.state, success);
    if (!written)
        co_return written.error();
    co_return error_code();
}

bool checkpoint::table_is_full() const
{
    // A table that was sealed with the newest note is on its way already: another note would not help.
    return remembered_ != nullptr && remembered_->waiting_bytes() > most_waiting_bytes &&
           remembered_->generation() != newest_generation_;
}

asio::awaitable<void> checkpoint::table_space()
{
    while (remembered_ != nullptr && remembered_->waiting_bytes() > most_waiting_bytes)
    {
        // The table is saved behind a confirmation, so one is asked for instead of waiting for the end of the page.
        out_.want_confirmed();
        co_await moved_.wait();
    }
}

asio::awaitable<error_code> checkpoint::settled()
{
    // Only a failure from now on ends the wait: an older one may be over.
    failure_ = {};
    while ((saved_ != newest_ || !noted_.empty()) && !failure_)
        co_await moved_.wait();
    co_return failure_;
}

}  // namespace qdc::collect
