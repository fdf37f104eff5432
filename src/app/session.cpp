#include "app/session.hpp"

#include "app/clock_wait.hpp"
#include "flow/backoff.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/system_error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <utility>

// How a session ends, so that nothing is lost. stop() and a single cycle end it alike.
//
//   pulling_                 savers_                     senders_                final_log_
//   pulls                    save what is confirmed      send                    (not yet)
//   stopped, joined
//                                                                                sends the last of the log
//                                                        send and confirm ◀───── want_confirmed()
//                            save the last states ◀───── confirmed
//   settled(), 7 s at most ◀─ saved
//                                                                                1 s more at most
//                            stopped, joined
//                                                        stopped, joined
namespace qdc::app
{

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace
{

// SIGTERM has to be obeyed within 10 s; so long may confirmations take on the way out.
constexpr auto farewell_limit = 7s;

// The last of our own log is worth no more than that, on top.
constexpr auto final_log_limit = 1s;

}  // namespace

session::session(asio::any_io_executor ex, parts& moving, time_source& time, const log_origin& log, const logs& own)
    : ex_(ex),
      moving_(moving),
      time_(time),
      log_(log),
      events_(own.events),
      senders_(ex),
      savers_(ex),
      pulling_(ex),
      settling_(ex),
      reporting_(ex),
      final_log_(ex)
{
    // Standard output (no address) makes no connections, so there is nothing to report of it.
    for (const auto& output : moving_.outputs)
        if (!output.out->report().address.empty())
            statistics_.emplace_back(output, statistics_.size(), output.statistics_period, own.out, own.events, time);
}

asio::awaitable<bool> session::serve(std::optional<std::chrono::seconds> give_up_after)
{
    // Senders first, then savers, then pullers: everything downstream is there before the first event comes.
    for (auto& output : moving_.outputs)
        senders_.spawn("output", send(output));
    for (auto& part : moving_.pullers)
    {
        savers_.spawn(part.name, part.puller->save_checkpoints());
        pulling_.spawn(part.name, pull(part, give_up_after));
    }
    for (auto& one : statistics_)
        reporting_.spawn("statistics", one.run());
    // A single cycle sends its log at its end: until then nothing but events waits for a confirmation.
    if (give_up_after)
        savers_.spawn("patience", end_at_deadline(*give_up_after));
    else
        reporting_.spawn("telemetry", events_.run(moving_.out(), time_));
    // The session lasts as long as something is pulled: forever, until stop(), or for one cycle of each service.
    std::exception_ptr bug;
    try
    {
        co_await pulling_.join();
    }
    catch (...)
    {
        bug = std::current_exception();  // the others still leave in order
    }
    // No new events from here on: what is on its way gets its time to be confirmed.
    leaving_ = true;
    co_await confirm_the_rest();
    // In the order of the data's way: each is joined before what it hands its work to is stopped.
    reporting_.stop();
    co_await reporting_.join();
    savers_.stop();
    co_await savers_.join();
    senders_.stop();
    co_await senders_.join();
    if (bug)
        std::rethrow_exception(bug);
    co_return !failed_;
}

/// An output that ends by itself (standard output is gone) ends the run: nobody would take the events.
asio::awaitable<void> session::send(output_part& output)
{
    const auto gone = co_await output.out->run();
    log_.error(
        trouble_id::output_closed,
        fmt::format("An output cannot be written to any more: {}: {}. Stopping", output.name, gone.message())
    );
    failed_ = true;
    pulling_.stop();
}

/// A disk that is full or away comes back: until then the service waits, and the others go on.
asio::awaitable<bool> session::open_store(puller_part& part, std::optional<std::chrono::seconds> patience)
{
    auto& report = *part.report;
    const auto began = time_.now();
    for (std::uint32_t attempt = 1;; ++attempt)
    {
        // Once this works the tables are there for all services of the input; a failure is logged by the store.
        const auto failure = co_await part.store->open();
        report.start_failure = failure ? std::optional(trouble_id::store_unusable) : std::nullopt;
        if (!failure)
        {
            report.failing = report.failing && attempt == 1;
            co_return true;
        }
        // The status shows what the service waits for, or ended by, with the id of the log's line.
        report.doing = "waits for its store, which cannot be opened: " + failure.message();
        report.failing = true;
        note_error(report.last_errors, time_.utc_now(), trouble_id::store_unusable, report.doing);
        // A single cycle does not wait for a disk longer than it would retry a call.
        if (patience && time_.now() - began >= *patience)
        {
            report.phase = service_phase::stopped;
            co_return false;
        }
        const auto pause = backoff_delay(attempt, 1s, 60s, 0.5);
        report.phase = service_phase::waiting;
        report.until = time_.utc_now() + pause;
        co_await time_.sleep_for(pause);
    }
}

asio::awaitable<void> session::pull(puller_part& part, std::optional<std::chrono::seconds> patience)
{
    // What kept it from starting under an earlier configuration may not concern it any more.
    part.report->start_failure.reset();
    // First the table, because the checkpoint names its generation.
    if (part.store != nullptr)
    {
        const bool open = co_await open_store(part, patience);
        if (!open)
        {
            failed_ = true;
            co_return;
        }
    }
    // Then the checkpoint. A service whose checkpoint cannot be read does not start; the others do.
    const auto unusable = co_await part.puller->prepare();
    if (unusable)
    {
        part.report->doing = fmt::format(
            "does not run: its checkpoint cannot be read: {}. Restore its file in the state directory, or begin again "
            "with `state reset {}`",
            unusable.message(),
            part.report->service
        );
        failed_ = true;
        co_return;
    }
    // Without a checkpoint the first window begins at start_time_utc, which may be the future to a clock that is behind.
    if (part.start && !part.puller->resumed())
    {
        const bool reached = co_await wait_for_clock(*part.start, patience, part.name, *part.report, time_, log_);
        if (!reached)
        {
            failed_ = true;
            co_return;
        }
    }
    // Cycles until it is stopped: a stop leaves this function here, by an exception.
    if (!patience)
        co_await part.puller->run();
    // With a limit it is one cycle, whose end decides the exit status.
    const auto end = co_await part.puller->run_once();
    const bool good = end == collect::cycle_end::complete || end == collect::cycle_end::partial;
    failed_ = failed_ || !good;
}

/// The first service whose checkpoint cannot be saved; nullptr: there is none.
const service_report* session::unsaved() const
{
    for (const auto& part : moving_.pullers)
        if (!part.report->save_failure.empty())
            return part.report;
    return nullptr;
}

/// One cycle must not wait forever for an output that takes nothing or confirms nothing, nor for a disk.
asio::awaitable<void> session::end_at_deadline(std::chrono::seconds limit)
{
    const auto& out = moving_.out();
    auto moved = time_.now();
    for (ticket last = out.confirmed();;)
    {
        co_await time_.sleep_for(100ms);
        if (leaving_)
            co_return;
        // Waiting: something sent is not confirmed, or a checkpoint cannot be saved. A confirmation is progress.
        const bool waiting = out.confirmed() < out.pushed() || unsaved() != nullptr;
        if (!waiting || out.confirmed() != last)
            moved = time_.now();
        last = out.confirmed();
        if (time_.now() - moved < limit)
            continue;
        // Nothing has moved for the whole limit: the cycle ends as a failure.
        report_deadline(limit);
        failed_ = true;
        pulling_.stop();
        co_return;
    }
}

void session::report_deadline(std::chrono::seconds limit) const
{
    constexpr std::string_view follows =
        "No more tries in this cycle; what is not confirmed and saved comes again in the next one";
    if (const auto* const service = unsaved())
        log_.error(
            trouble_id::checkpoint_unsaved,
            fmt::format(
                "{} waits for the disk: for {} s its checkpoint could not be saved: {}. {}",
                service->service,
                limit.count(),
                service->save_failure,
                follows
            )
        );
    else
        log_.error(
            trouble_id::no_confirmation,
            fmt::format("Nothing that was sent has been confirmed for {} s. {}", limit.count(), follows)
        );
}

asio::awaitable<void> session::settle(puller_part& part)
{
    [[maybe_unused]] const auto unsaved = co_await part.puller->settled();
}

/// The receipts of the last cycles and what was sent altogether; then everything is to be confirmed.
asio::awaitable<void> session::send_final_log()
{
    for (auto& one : statistics_)
        one.report();
    auto& out = moving_.out();
    co_await events_.flush(out);
    out.want_confirmed();
    // Waits for the confirmation of the last ticket; without any there is nothing to wait for.
    const auto last = out.pushed();
    if (last == 0)
        co_return;
    [[maybe_unused]] const auto reached = co_await out.confirmed_beyond(last - 1);
}

/// What is sent already is worth a confirmation: it would come twice otherwise.
asio::awaitable<void> session::confirm_the_rest()
{
    // First, so that one confirmation is for the last events and for the last of our log.
    final_log_.spawn("telemetry", send_final_log());
    for (auto& part : moving_.pullers)
        settling_.spawn(part.name, settle(part));
    // Waits until each service has everything confirmed and saved, but not longer than a stop may take.
    co_await join_within(settling_, farewell_limit);
    // Where something stays unconfirmed the log would not be confirmed either, because it stands behind it.
    const auto confirmed = [](const puller_part& part) { return part.puller->all_confirmed(); };
    if (!std::ranges::all_of(moving_.pullers, confirmed))
    {
        log_.warning(
            trouble_id::left_unconfirmed,
            "Leaving with events that are not confirmed: they come again after the next start"
        );
        final_log_.stop();
    }
    co_await join_within(final_log_, final_log_limit);
}

asio::awaitable<void> session::join_within(task_group& group, std::chrono::seconds limit)
{
    // The alarm stops the group; join() then comes back. A group that ends earlier stops the alarm.
    asio::steady_timer alarm(ex_, limit);
    alarm.async_wait(
        [&group](error_code stopped)
        {
            if (!stopped)
                group.stop();
        }
    );
    co_await group.join();
    alarm.cancel();
}

}  // namespace qdc::app
