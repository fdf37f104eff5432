#include "collect/lane.hpp"

#include "collect/light_call.hpp"
#include "flow/backoff.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

// How one lane works through one exchange. "A" and "B" are two calls of the service.
//
//   lane                      service               Qualys               outbox, checkpoint
//   next() ─────────────────▶ exchange A
//   await_turn(): quota, login and concurrency allow it
//   make() ─────────────────────────────────────▶  answer begins
//                             events ◀──────────── bytes
//                             events ──────────────────────────────────▶ push, note (see page.cpp)
//                                                  the answer is cut
//   failed() ───────────────▶ "again", from the cursor on
//   pause(): 1 s; meanwhile another lane may have the place
//   make() ─────────────────────────────────────▶  the rest of the answer, to its end
//                             done()
//   page_came() ────────────────────────────────────────────────────────▶ want_confirmed(), note of the state
//   next() ─────────────────▶ exchange B
namespace qdc::collect
{

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace
{

// So long a call that the cycle can do without waits for its turn.
constexpr auto optional_patience = 60s;

/// Whether a failure is that of a record, or of a call that the cycle can do without: the service itself goes on.
bool is_of_record(call_event event)
{
    switch (event)
    {
        case call_event::over:
        case call_event::left_out:
        case call_event::stays_out:
        case call_event::instead:
            return true;
        default:
            return false;
    }
}

}  // namespace

lane::lane(walk_parts parts, const walk_options& options, cycle& cycle)
    : with_(parts),
      options_(options),
      cycle_(cycle),
      caller_(parts, options, cycle),
      judge_(parts, options, cycle, caller_)
{
}

asio::awaitable<void> lane::run()
{
    for (;;)
    {
        co_await cycle_.login_settled();
        if (!cycle_.goes_on())
            co_return;
        auto exchange = take_next();
        if (exchange)
        {
            // From here on the call has a place of the cycle, until `place` goes out of scope.
            call_place place(cycle_, exchange->call().which);
            co_await pursue(*exchange, place);
            exchange.reset();  // what it was for may be taken up by another lane now
        }
        else if (with_.service.is_complete())
        {
            co_return;
        }
        else
        {
            // Either there is no place for a call now, or the next one depends on what is under way.
            // The calls that are under way belong to other lanes; what follows on them is not known yet.
            co_await cycle_.moved().wait();
            continue;
        }
        // A place is free, and the service may know of new calls now: lanes that wait look again.
        cycle_.moved().notify_all();
    }
}

/// The service's next call, when there is a place for it; else it is given back.
std::unique_ptr<services::exchange> lane::take_next()
{
    if (!may_join())
        return nullptr;
    auto exchange = with_.service.next();
    // Which endpoint it is for is known only now. Destroying the exchange gives the call back to the service.
    if (exchange && is_full(exchange->call().which))
        exchange.reset();
    return exchange;
}

/// Whether the endpoints at which calls of this cycle are under way allow one more: a call that only helps other lanes, as
/// a list of ids does, is not worth making where there is no other lane.
bool lane::may_join()
{
    if (cycle_.is_place_wanted())
        return false;
    // One call is always allowed, or nothing would ever begin.
    if (cycle_.calls() == 0)
        return true;
    // The most generous endpoint in use decides; whether that of the next call is full is asked when the call is known.
    std::uint64_t most = 1;
    for (const auto& [endpoint, calls] : cycle_.calls_by_endpoint())
        most = std::max(most, with_.shared.lanes(endpoint, options_.lanes, with_.time));
    with_.reports.lanes(most);
    return cycle_.calls() < most;
}

bool lane::is_full(const qualys::endpoint& endpoint)
{
    // As many calls of this cycle as may be ours are under way at that endpoint.
    return cycle_.calls(endpoint) >= with_.shared.lanes(endpoint, options_.lanes, with_.time);
}

/// One exchange, until it is over or the cycle is.
asio::awaitable<void> lane::pursue(services::exchange& exchange, call_place& place)
{
    // Failures are counted for each exchange alone: one that is hard to read does not use up the patience for the next.
    attempts tries(options_.give_up_after);
    const auto patience =
        exchange.is_optional() ? std::optional<std::chrono::seconds>(optional_patience) : std::nullopt;
    for (;;)
    {
        co_await cycle_.login_settled();
        if (!cycle_.goes_on())
            co_return;
        // Quota, concurrency and login may hold the call back.
        const auto endpoint = exchange.call().which;
        const auto none = co_await caller_.await_turn(endpoint, patience);
        if (none)
        {
            end_without_turn(exchange, *none);
            co_return;
        }

        // The call; its events go out while they come.
        const auto page = co_await caller_.make(exchange);
        if (!page.failure)
        {
            page_came();
            co_return;
        }

        // What follows on its failure.
        const auto action = co_await after_failure(exchange, page, tries, place);
        // Proceed or end: in both cases this exchange is over.
        if (action.what != lane_action::kind::call)
            co_return;
    }
}

asio::awaitable<lane_action>
lane::after_failure(services::exchange& exchange, const page_outcome& page, attempts& tries, call_place& place)
{
    // What happened, for the log and the report.
    const auto endpoint = exchange.call().which;
    const auto failures = tries.failed(exchange.progress(), with_.time.now());
    const auto made = decide(page, failures, with_.jitter());
    const auto cause = caller_.describe(endpoint, page.attempt) + ": " + made.cause;
    failed_call failed{made.id, cause, fields_of(page, with_.reports.pulling_id())};
    note_login(page);
    // Too many calls ran at once: one place less is ours for a while.
    if (made.crowded)
        with_.shared.crowded(endpoint, with_.time);
    // Another lane's failure came first. Nothing is tried any more, so there is nothing to decide.
    if (cycle_.end())
    {
        with_.reports.failed(made.id, cause);
        with_.log.warning(made.id, cause + ". The cycle has ended already", failed.fields);
        co_return lane_action{lane_action::kind::end};
    }

    // What it means, and what follows.
    const auto position = position_of(exchange);
    const auto event = co_await judge_.judge(exchange, page, made, failed);
    // One call alone cannot tell a version that is gone from a host that knows none.
    if (event == call_event::other_host)
        failed.id = trouble_id::hostname;
    with_.reports.failed(failed.id, cause);
    if (is_of_record(event))
        with_.reports.blame_record();
    // What a service asks for again although that would hardly help has no wait of its own.
    const auto wait = made.wait == 0ms ? backoff_delay(failures, 1s, 60s, with_.jitter()) : made.wait;
    const auto action = tries.resume(event, wait, with_.time.now(), made.least);

    // Saying and doing that.
    report_event(event, failed, position);
    if (action.what == lane_action::kind::end)
        report_end(event, action, endpoint, failed);
    // Only the tries that wait are logged here: everything else has been logged already.
    const bool waits = event == call_event::again || event == call_event::smaller;
    if (waits && action.what == lane_action::kind::call)
    {
        const auto size = with_.service.records_per_page();
        // Says what is different about the next try: a smaller page, or a smaller question where there are no pages.
        const auto less = event != call_event::smaller ? std::string()
                          : size == 0                  ? ", and for less"
                                                       : fmt::format(", with pages of {}", size);
        auto text = fmt::format(
            "{}. Next try in {:.1f} s, from {}{}",
            cause,
            std::chrono::duration<double>(action.wait).count(),
            position_of(exchange),
            less
        );
        with_.log.warning(made.id, std::move(text), failed.fields);
        co_await pause(action, made, place);
    }
    co_return action;
}

asio::awaitable<void> lane::pause(lane_action action, const decision& made, call_place& place)
{
    const auto& endpoint = place.endpoint();
    const auto until = with_.time.now() + action.wait;
    // Where calls of ours run well, that there was no place for this one holds up this one alone.
    const bool alone = made.crowded && with_.shared.places(endpoint).ours != 0;
    // A limit of the endpoint holds up every lane and service that asks there, so all of them must know of it.
    if (made.endpoint && !alone)
        with_.shared.block(endpoint, until);
    // Where less would help it is this answer that is at fault: other calls may well work meanwhile.
    const bool lends = made.whose == fault::answer && made.smaller;
    if (lends)
        place.lend();
    // `wait` shows this in the report for as long as it lives. An end of the cycle cuts the pause short.
    const auto wait = with_.reports.waits_for_next_try(made.cause, until);
    co_await cycle_.wait_until(with_.time, until);
    with_.reports.waited(made.endpoint ? name(made.id) : "retry", action.wait);
    if (lends)
        co_await regain(place);
}

/// Waits until the call has a place again, or the cycle has ended.
asio::awaitable<void> lane::regain(call_place& place)
{
    place.want();
    while (cycle_.goes_on() && cycle_.calls() != 0 && is_full(place.endpoint()))
        co_await cycle_.moved().wait();
    place.take_back();
}

void lane::report_event(call_event event, const failed_call& failed, const std::string& position)
{
    constexpr auto id = trouble_id::quarantine;
    // The record was in quarantine before and failed once more, alone: nothing has changed, so no state is noted.
    if (event == call_event::stays_out)
    {
        with_.reports.failed_alone();
        with_.log.warning(
            id, failed.cause + ". The record stays in quarantine, and the next cycle tries it again", failed.fields
        );
    }
    // The exchange ends as if its answer had been complete, so the checkpoint may move as behind a page.
    if (event == call_event::over)
    {
        with_.log.warning(
            id, fmt::format("{}. The cycle does not need the rest of that answer", failed.cause), failed.fields
        );
        with_.out.want_confirmed();
        log_messages();
        note_state();
    }
    // Nothing is lost: the service gets what the call was for in another way, or does without it.
    if (event == call_event::instead)
    {
        with_.log.warning(failed.id, failed.cause + ". The cycle goes on without this call", failed.fields);
        log_messages();
    }
    // The record is new in quarantine. That is part of the state, so it has to be saved.
    if (event == call_event::left_out)
    {
        // Which record it is says the service, as soon as it knows: the call may have begun many records before it.
        with_.log.warning(
            id,
            fmt::format("{}. A record of the call that began at {} is left out", failed.cause, position),
            failed.fields
        );
        log_messages();
        note_state();
    }
}

void lane::report_end(
    call_event event, const lane_action& action, const qualys::endpoint& endpoint, const failed_call& failed
)
{
    // The most helpful words win: what the user has to change, before what the program does.
    std::string follows = "Trying again now would not help";
    if (event == call_event::login_refused)
        follows = "The login is not tried again for a while";
    else if (event == call_event::permission_missing)
        follows = "The login itself is good, so the account may not make this call; it is not tried again for a while";
    else if (event == call_event::other_host)
        follows = hostname_advice(with_.shared.input());
    else if (event == call_event::version_gone)
        follows = version_advice(with_.shared.input(), qualys::name(endpoint));
    else if (action.out_of_patience)
        follows = "No more tries in this cycle";
    end_cycle(action.end, failed, follows);
}

std::string lane::position_of(const services::exchange& exchange) const
{
    // An exchange of a range knows it better than the service, which has several of them under way.
    auto position = exchange.position();
    return position.empty() ? with_.service.position() : position;
}

void lane::end_without_turn(services::exchange& exchange, const no_turn& none)
{
    // Another lane has ended the cycle and has said why.
    if (cycle_.end())
        return;
    // Nobody waits longer for a call that the cycle can do without: the service goes on as if it had failed for good.
    if (exchange.is_optional() && none.end == cycle_end::failed)
    {
        static_cast<void>(exchange.failed({.lasting = true, .reason = "limit", .now = with_.time.utc_now()}));
        log_messages();
        return;
    }
    // A limit is worth an error line of its own. A refused login has had one: that of the light call.
    if (none.end == cycle_end::failed)
        end_cycle(none.end, {none.id, none.cause}, "That takes too long for this cycle");
    else
        cycle_.end_with(none.end, none.cause);
}

void lane::end_cycle(cycle_end end, const failed_call& failed, const std::string& follows)
{
    auto text = fmt::format(
        "{}: API Error. Cause: {}. {}; what is delivered stays, and the next cycle goes on from {}",
        // The words are the official collector's: before the first good login a refusal is a fault of the set-up.
        end == cycle_end::login && !with_.reports.is_set_up() ? "SetupError 102" : "PullError",
        failed.cause,
        follows,
        with_.service.position()
    );
    with_.log.error(failed.id, std::move(text), failed.fields);
    cycle_.end_with(end, failed.cause);
}

/// Whether the failed call showed that the login is good: an error of Qualys' own behind the login did.
void lane::note_login(const page_outcome& page)
{
    // What a refused login means is found out by the light call (failure_judge).
    if (is_refused_login(page))
        return;
    // An error code, or events, come only from behind the login. Anything else (a cut, a gateway) says nothing of it.
    const bool proven = page.refusal.code != 0 || page.events != 0;
    if (proven)
        caller_.note_good_login();
    else
        with_.shared.login_unknown();
}

void lane::page_came()
{
    // A complete answer is proof enough of the login.
    caller_.note_good_login();
    // The end of a page is a good moment to confirm: what was sent so far need not be sent again after a crash.
    with_.out.want_confirmed();
    note_state();
    const bool logged = log_messages();  // a line per scan says enough
    with_.reports.page_came(logged);
}

void lane::note_state()
{
    // There is no batch for this note: it counts when everything pushed so far is confirmed.
    with_.saved.note(with_.out.pushed(), {with_.service.state(), 0, with_.service.watermark()});
}

/// True when the service had something to say about the call itself.
bool lane::log_messages()
{
    auto messages = with_.service.take_messages();
    const bool any = !messages.empty();
    for (auto& message : messages)
        with_.log.info(std::move(message));
    // Notices have an id when they are trouble; their end, for example, has none and is no warning.
    for (const auto& notice : with_.service.take_notices())
    {
        auto text = fmt::format("{}: {}", options_.service, notice.text);
        if (notice.id)
            with_.log.warning(*notice.id, std::move(text));
        else
            with_.log.info(std::move(text));
    }
    return any;
}

}  // namespace qdc::collect
