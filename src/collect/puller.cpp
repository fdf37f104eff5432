#include "collect/puller.hpp"

#include "base/count_of.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

// The life of a puller: what follows on what. Everything in the box is one cycle.
//
//   prepare(): load the checkpoint, service.restore()
//      │
//      ▼                       ┌───────────────────────── run_cycle() ─────────────────────────────┐
//   begin_cycle(window) ──────▶│ walk: all calls ─▶ receipt event ─▶ note_success ─▶ settled()      │
//      ▲                       └───────────────────────────────────────────────────────────────────┘
//      │                                                                     │ how the cycle ended
//      └── sleep until the next period ◀── rest_after(): longer if the login was refused
//
// Beside it save_checkpoints() runs all the time: settled() waits for what that one does.
namespace qdc::collect
{

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace
{

/// Why a service rests, and what helps. `permission`: the login itself is good.
std::string refusal_text(const std::string& service, std::uint32_t refused, time_source::duration rest, bool permission)
{
    const auto times = count_of(refused, "time");
    const auto seconds = std::chrono::duration<double>(rest).count();
    if (permission)
        return fmt::format(
            "The login is good, but {0} was refused to it {1} in a row. {0} backs off for {2:.0f} s: {3}; a changed "
            "configuration or secret file is tried at once",
            service,
            times,
            seconds,
            permission_advice(service)
        );
    return fmt::format(
        "The login was refused {} in a row. {} rests for {:.0f} s, because repeated bad logins lock the account; fix "
        "the "
        "credentials: a changed configuration or secret file is tried at once",
        times,
        service,
        seconds
    );
}

}  // namespace

puller::puller(asio::any_io_executor ex, puller_parts parts, puller_options options)
    : executor_(ex),
      parts_(std::move(parts)),
      options_(std::move(options)),
      walking_{
          options_.key.service,
          options_.authorization,
          options_.limits,
          options_.give_up_after,
          options_.lanes,
          options_.settle_delay},
      quiet_(parts_.log, parts_.time, [this] { return told_.has_news(); }),
      log_(parts_.log.through(quiet_)),
      saved_(
          std::move(ex),
          parts_.store,
          options_.key,
          parts_.out,
          parts_.time,
          parts_.log,
          parts_.report,
          parts_.remembered
      ),
      told_(parts_.report, *parts_.service, parts_.time, log_)
{
    parts_.report.period = options_.period;
    if (options_.setup)
        told_.sets_up(*options_.setup);
}

asio::awaitable<error_code> puller::prepare()
{
    log_.info(options_.name + " Starting the execution of pre_pull()");
    const auto failure = co_await take_up_state();
    if (failure)
        parts_.report.phase = service_phase::stopped;
    else
        log_.info(options_.name + " Finalizing the execution of pre_pull()");
    co_return failure;
}

/// The lines are the official collector's, word for word and one of them twice.
asio::awaitable<error_code> puller::take_up_state()
{
    const auto& log = log_;
    // What another session put and did not save is not confirmed.
    if (parts_.remembered != nullptr)
        parts_.remembered->rewind();
    log.info("Reading persisted data");
    const auto loaded = co_await parts_.store.load(options_.key);
    // Neither of the two generations can be read. To stop is better than to send everything again without being asked.
    if (!loaded)
    {
        log.error(
            trouble_id::state_damaged,
            fmt::format(
                "The checkpoint of {} could not be read: {}. The service does not start, because starting over "
                "would send everything again; see `state show` and `state reset`",
                options_.key.service,
                loaded.error().message()
            )
        );
        co_return loaded.error();
    }
    // The newest one was damaged and the previous one serves: some events may come twice, none is lost.
    if (!loaded->fallback.empty())
    {
        ++parts_.report.state_fallbacks;
        log.warning(
            trouble_id::state_fallback, fmt::format("The newest checkpoint is not usable ({})", loaded->fallback)
        );
    }
    // There never was a checkpoint: the service begins as the configuration says.
    if (!loaded->text)
    {
        log.info("No persisted data: this is the first pull");
        co_return error_code();
    }
    log.info(fmt::format("Data retrieved from the persistence: {}", *loaded->text));
    // The file is whole, but the service cannot make anything of its text.
    if (!parts_.service->restore(*loaded->text))
    {
        log.error(
            trouble_id::state_damaged,
            "The persisted data is none of this service's. The service does not start; see `state show` and "
            "`state reset`"
        );
        co_return error_code(errc::state_damaged);
    }
    told_.took_up(*loaded);
    resumed_ = true;
    log.info("Running the persistence upgrade steps");
    log.info("Running the persistence corrections steps");
    log.info("Running the persistence corrections steps");
    // The service may write what it took up in another form, as behind an older version: that form is saved at once.
    auto now = parts_.service->state();
    if (now == *loaded->text)
        co_return error_code();
    log.warning(
        trouble_id::state_changed,
        fmt::format(
            "Some changes have been detected and the persistence needs to be updated. Previous content: {}. New "
            "content: {}",
            *loaded->text,
            now
        )
    );
    log.info("Updating the persistence");
    // As in every save the table goes first: a state never names what is not durable.
    if (parts_.remembered != nullptr)
    {
        const auto generation = parts_.remembered->seal();
        [[maybe_unused]] const auto unsaved = co_await parts_.remembered->save(generation);
    }
    const auto saved = co_await parts_.store.save(options_.key, std::move(now));
    // A failure here stops nothing: what was loaded is still good, and the next checkpoint replaces it.
    if (saved)
        log.warning(trouble_id::state_changed, "Persistence has been updated successfully");
    else
        log.error(
            trouble_id::checkpoint_unsaved,
            "The persistence could not be updated: " + saved.error().message() +
                ". It is tried again with the first page"
        );
    co_return error_code();
}

asio::awaitable<void> puller::run()
{
    log_.info(fmt::format("Starting data collection every {} seconds", options_.period.count()));
    for (;;)
    {
        // Measured from start to start, so that a long cycle does not move all later ones.
        const auto started = parts_.time.now();
        const auto end = co_await run_once();
        co_await rest_after(end, started);
    }
}

asio::awaitable<void> puller::save_checkpoints()
{
    co_await saved_.follow();
}

asio::awaitable<error_code> puller::settled()
{
    quiet_.tell_hidden();
    co_return co_await saved_.settled();
}

asio::awaitable<cycle_end> puller::run_once()
{
    // A window ends by the earlier of both clocks, so the service gets Qualys' time too, where it is known.
    parts_.service->begin_cycle(parts_.time.utc_now(), parts_.shared.clock().now(parts_.time));
    co_return co_await run_cycle();
}

/// The cycle that the service has begun.
asio::awaitable<cycle_end> puller::run_cycle()
{
    auto& service = *parts_.service;
    const auto now = parts_.time.utc_now();
    // The report and the log learn that a cycle begins; an idle one may stay out of the log.
    told_.cycle_begins(now);
    quiet_.begin_cycle();
    log_.info("Pull Started");
    // All calls of the window, by as many lanes as there are connections.
    walk calls(
        executor_,
        {service, *parts_.source, parts_.out, saved_, parts_.shared, told_, parts_.time, log_, parts_.jitter},
        walking_,
        parts_.more_sources
    );
    auto end = co_await calls.run();
    auto reason = calls.why();

    // The receipt is the last event of the cycle: when it is confirmed, so is everything in front of it.
    co_await send_receipt(end);
    if (end != cycle_end::complete)
        parts_.out.want_confirmed();  // the end of a page asks for it otherwise
    // Only good cycles leave their mark in the checkpoint, as the last success.
    if (end == cycle_end::complete || end == cycle_end::partial)
        saved_.note_success();
    // The cycle goes on until Devo has confirmed all of it and the checkpoint is on disk, or cannot be saved.
    const auto unsaved = co_await saved_.settled();
    // A cycle whose state is not saved would come again after a restart, so it does not count as good.
    if (unsaved && (end == cycle_end::complete || end == cycle_end::partial))
    {
        end = cycle_end::failed;
        reason = "the checkpoint could not be saved: " + unsaved.message();
    }
    told_.cycle_ends(name(end), std::move(reason));
    quiet_.end_cycle();
    // Each refusal in a row makes the rest longer.
    refused_logins_ = end == cycle_end::login ? refused_logins_ + 1 : 0;
    co_return end;
}

/// Behind the cycle's last event: what ends the cycle is saved once both are confirmed.
asio::awaitable<void> puller::send_receipt(cycle_end end)
{
    if (options_.receipts.tag.empty())
        co_return;
    auto event = told_.receipt_event(name(end), options_.receipts);
    [[maybe_unused]] const auto at = co_await parts_.out.push(std::move(event));
    parts_.out.want_confirmed();
}

asio::awaitable<void> puller::rest_after(cycle_end end, time_source::time_point started)
{
    // A cycle that took longer than a period is followed by the next one at once: missed ones are not made up for.
    auto next = std::max(started + options_.period, parts_.time.now());
    auto phase = service_phase::resting;
    std::string doing = "waits for its next cycle";
    // The longest of three waits counts: the period, this service's own rest, and that of the whole input.
    if (end == cycle_end::login)
    {
        phase = service_phase::refused;
        // What a light call found good may still lack the permission for this service.
        const bool permission = parts_.shared.login_is_good();
        doing = permission ? "backs off because its calls are refused, although the login is good"
                           : "rests because its login was refused";
        const auto pause = parts_.shared.login_pause(parts_.time);
        // The line of the refused light call says for how long all services of the input pause, and why.
        next = std::max(next, pause ? *pause : parts_.time.now() + login_pause_after(refused_logins_));
        if (!pause)
            log_.error(
                trouble_id::login,
                refusal_text(options_.key.service, refused_logins_, next - parts_.time.now(), permission)
            );
    }
    // Servers end a connection that is idle for so long; until the next cycle ours would only hold its buffers.
    constexpr auto worth_keeping = 30s;
    if (next - parts_.time.now() > worth_keeping)
    {
        parts_.source->close();
        for (const auto& source : parts_.more_sources)
            source->close();
    }
    told_.pauses(phase, doing, next);
    // Some services have calls that cannot wait for the next cycle; they are looked for until then.
    if (end != cycle_end::login && parts_.service->knows_urgent_calls())
        co_await serve_urgent_calls(next);
    co_await parts_.time.sleep_until(next);
}

/// What comes up between two cycles and cannot wait for the next one, until `next`.
asio::awaitable<void> puller::serve_urgent_calls(time_source::time_point next)
{
    constexpr auto look = 5s;
    for (;;)
    {
        // Nothing reports that such a call has come up, so the service is asked every few seconds.
        const auto until = std::min(next, parts_.time.now() + look);
        co_await parts_.time.sleep_until(until);
        if (parts_.time.now() >= next)
            co_return;
        const auto now = parts_.time.utc_now();
        if (!parts_.service->has_urgent_call(now))
            continue;
        // A cycle of that call alone, with its own receipt and checkpoint.
        parts_.service->begin_urgent_cycle(now);
        const auto end = co_await run_cycle();
        parts_.source->close();
        told_.pauses(service_phase::resting, "waits for its next cycle", next);
        // A refused login is not tried again before the next cycle.
        if (end == cycle_end::login)
            co_return;
    }
}

void puller::refresh_report()
{
    told_.refresh();
}

}  // namespace qdc::collect
