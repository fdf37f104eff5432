#include "collect/puller.hpp"

#include "collect/decision.hpp"
#include "collect/page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace qdc::collect
{

namespace asio = boost::asio;
using namespace std::chrono_literals;

puller::puller(asio::any_io_executor ex, puller_parts parts, puller_options options)
    : parts_(std::move(parts)),
      options_(std::move(options)),
      saved_(std::move(ex), parts_.store, options_.key, parts_.out, parts_.time, parts_.log)
{
}

asio::awaitable<error_code> puller::prepare()
{
    parts_.log.info(options_.name + " Starting the execution of pre_pull()");
    const auto failure = co_await take_up_state();
    if (!failure)
        parts_.log.info(options_.name + " Finalizing the execution of pre_pull()");
    co_return failure;
}

/// The lines are the official collector's, word for word and one of them twice.
asio::awaitable<error_code> puller::take_up_state()
{
    const auto& log = parts_.log;
    log.info("Reading persisted data");
    const auto loaded = co_await parts_.store.load(options_.key);
    if (!loaded)
    {
        log.error(fmt::format(
            "The checkpoint of {} could not be read: {}. The service does not start, because starting over would send "
            "everything again; see `state show` and `state reset`",
            options_.key.service,
            loaded.error().message()
        ));
        co_return loaded.error();
    }
    if (!loaded->fallback.empty())
        log.warning(fmt::format("The newest checkpoint is not usable ({})", loaded->fallback));
    if (!loaded->text)
    {
        log.info("No persisted data: this is the first pull");
        co_return error_code();
    }
    log.info(fmt::format("Data retrieved from the persistence: {}", *loaded->text));
    if (!parts_.service->restore(*loaded->text))
    {
        log.error("The persisted data is none of this service's. The service does not start; see `state show` and "
                  "`state reset`");
        co_return error_code(errc::state_damaged);
    }
    log.info("Running the persistence upgrade steps");
    log.info("Running the persistence corrections steps");
    log.info("Running the persistence corrections steps");
    auto now = parts_.service->state();
    if (now == *loaded->text)
        co_return error_code();
    log.warning(fmt::format(
        "Some changes have been detected and the persistence needs to be updated. Previous content: {}. New content: "
        "{}",
        *loaded->text,
        now
    ));
    log.info("Updating the persistence");
    const auto saved = co_await parts_.store.save(options_.key, std::move(now));
    if (saved)
        log.warning("Persistence has been updated successfully");
    else
        log.error(
            "The persistence could not be updated: " + saved.error().message() +
            ". It is tried again with the first page"
        );
    co_return error_code();
}

/// A configured limit is the customer's own; what Qualys allows is told by its answers.
asio::awaitable<void> puller::await_limits()
{
    const auto waited = co_await wait_for_call(options_.limits, parts_.time);
    if (waited >= 1s)
        parts_.log.info(fmt::format(
            "Waited {:.0f} s for the configured requests_limits", std::chrono::duration<double>(waited).count()
        ));
}

asio::awaitable<void> puller::run()
{
    parts_.log.info(fmt::format("Starting data collection every {} seconds", options_.period.count()));
    for (;;)
    {
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
    co_return co_await saved_.settled();
}

asio::awaitable<cycle_end> puller::run_once()
{
    auto& service = *parts_.service;
    const auto& log = parts_.log;
    const auto now = parts_.time.utc_now();
    started_ = parts_.time.now();
    pulling_id_ = epoch_millis(now);
    before_ = service.counts();
    requests_ = 0;

    log.info("Pull Started");
    service.begin_cycle(now);
    auto end = co_await pages();

    const auto unsaved = co_await saved_.settled();
    if (unsaved && end == cycle_end::complete)
        end = cycle_end::failed;
    log_statistics("");
    if (end == cycle_end::complete)
        log.info("The data is up to date!");
    log.info(fmt::format(
        "Data collection completed. Elapsed time: {:.3f} seconds",
        std::chrono::duration<double>(parts_.time.now() - started_).count()
    ));
    refused_logins_ = end == cycle_end::login ? refused_logins_ + 1 : 0;
    co_return end;
}

/// The calls of one cycle, each tried until it works or its failure ends the cycle.
asio::awaitable<cycle_end> puller::pages()
{
    auto& service = *parts_.service;
    std::uint32_t failures = 0;
    auto failing_since = parts_.time.now();
    bool skipped = false;
    for (auto call = service.next_call(); call; call = service.next_call())
    {
        co_await await_limits();
        ++requests_;
        auto request = request_for(*call);
        parts_.log.debug(fmt::format("POST {} at {}: {}", request.target, parts_.source->endpoint(), request.body));
        const auto page =
            co_await read_page(*parts_.source, service, parts_.out, saved_, parts_.time, std::move(request));
        if (!page.failure)
        {
            failures = 0;
            parts_.out.want_confirmed();
            saved_.note(parts_.out.pushed(), service.state());
            const bool told = log_messages();
            if (!told)  // a line per scan says enough
                log_statistics("(Partial) ");
            continue;
        }

        if (++failures == 1)
            failing_since = parts_.time.now();
        const auto next = decide(page, failures, parts_.jitter());
        const auto what = what_was_tried(*call, page.attempt) + ": " + next.cause;
        const bool patience =
            !options_.give_up_after || parts_.time.now() + next.wait - failing_since <= *options_.give_up_after;
        if (next.step == next_step::retry && patience)
        {
            parts_.log.warning(fmt::format(
                "{}. Next try in {:.1f} s, from {}",
                what,
                std::chrono::duration<double>(next.wait).count(),
                service.position()
            ));
            co_await parts_.time.sleep_for(next.wait);
            continue;
        }
        if (next.step == next_step::next_cycle && service.skip_call())
        {
            parts_.log.warning(fmt::format("{}. Left out of this cycle, tried again in the next one", what));
            log_messages();
            skipped = true;
            failures = 0;
            continue;
        }
        const bool over = next.step == next_step::retry;
        parts_.log.error(fmt::format(
            "PullError: API Error. Cause: {}. {}; what is delivered stays, and the next cycle goes on from {}",
            what,
            over ? "No more tries in this cycle" : "Trying again now would not help",
            service.position()
        ));
        if (next.step == next_step::login)
            co_return cycle_end::login;
        co_return next.step == next_step::retired ? cycle_end::retired : cycle_end::failed;
    }
    co_return skipped ? cycle_end::failed : cycle_end::complete;
}

asio::awaitable<void> puller::rest_after(cycle_end end, time_source::time_point started)
{
    auto next = std::max(started + options_.period, parts_.time.now());
    if (end == cycle_end::login)
    {
        const auto rest = login_rest(refused_logins_);
        next = std::max(next, parts_.time.now() + rest);
        parts_.log.error(fmt::format(
            "The login was refused {} time(s) in a row. {} rests for {} s, because repeated bad logins lock the "
            "account; "
            "mend the credentials and reload or restart to try at once",
            refused_logins_,
            options_.key.service,
            rest.count()
        ));
    }
    co_await parts_.time.sleep_until(next);
}

http_request puller::request_for(const qualys::call& call) const
{
    return {qualys::path(call.which, call.version), qualys::form_encoded(call.form), options_.authorization};
}

std::string puller::what_was_tried(const qualys::call& call, const std::string& attempt) const
{
    return fmt::format(
        "{}: {} {} at {}",
        options_.key.service,
        attempt,
        qualys::path(call.which, call.version),
        parts_.source->endpoint()
    );
}

void puller::log_statistics(const char* prefix) const
{
    const auto& now = parts_.service->counts();
    const auto received = now.received - before_.received;
    const auto duplicate = now.duplicate - before_.duplicate;
    const auto sent = received - duplicate;
    const auto seconds = std::chrono::duration<double>(parts_.time.now() - started_).count();
    parts_.log.info(fmt::format(
        "{}Statistics for this pull cycle (@devo_pulling_id={}):Number of requests made: {}; Number of events "
        "received: {}; "
        "Number of duplicated events filtered out: {}; Number of events generated and sent: {}; Average of events per "
        "second: {:.3f}.",
        prefix,
        pulling_id_,
        requests_,
        received,
        duplicate,
        sent,
        seconds > 0 ? static_cast<double>(sent) / seconds : 0.0
    ));
}

/// True when the service had something to say about the call itself.
bool puller::log_messages()
{
    auto messages = parts_.service->take_messages();
    const bool told = !messages.empty();
    for (auto& message : messages)
        parts_.log.info(std::move(message));
    for (const auto& notice : parts_.service->take_notices())
        parts_.log.warning(fmt::format("Qualys says of {}: {}", options_.key.service, notice));
    return told;
}

}  // namespace qdc::collect
