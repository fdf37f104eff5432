#include "collect/lane.hpp"

#include "collect/light_call.hpp"
#include "flow/backoff.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

namespace qdc::collect
{

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace
{

/// What the log's members say of an answer.
log_fields fields_of(const page_outcome& page, const std::string& pulling_id)
{
    log_fields fields{{"pulling_id", pulling_id}};
    if (page.status != 0)
        fields.push_back({"http_status", std::uint64_t{page.status}});
    if (page.failure == errc::refused && page.refusal.code > 0)
        fields.push_back({"qualys_code", static_cast<std::uint64_t>(page.refusal.code)});
    return fields;
}

// So long a call that the cycle can do without waits for its turn.
constexpr auto optional_patience = 60s;

/// A call that a lane has taken over, from the service until it is over.
class taken_call
{
public:
    taken_call(cycle& cycle, const qualys::endpoint& endpoint) : cycle_(cycle), endpoint_(endpoint)
    {
        cycle_.begin_call(endpoint_);
    }

    ~taken_call() { cycle_.end_call(endpoint_); }

    taken_call(const taken_call&) = delete;
    taken_call& operator=(const taken_call&) = delete;

private:
    cycle& cycle_;
    qualys::endpoint_ref endpoint_;
};

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
    while (cycle_.goes_on())
    {
        auto exchange = take_next();
        if (exchange)
        {
            const taken_call taken(cycle_, exchange->call().which);
            co_await pursue(*exchange);
            exchange.reset();  // what it was for may be taken up by another lane now
        }
        else if (with_.service.is_complete())
        {
            co_return;
        }
        else
        {
            // The calls that are under way belong to other lanes; what follows on them is not known yet.
            co_await cycle_.moved().wait();
            continue;
        }
        cycle_.moved().notify_all();
    }
}

/// The service's next call, when there is a place for it; else it is given back.
std::unique_ptr<services::exchange> lane::take_next()
{
    if (!may_join())
        return nullptr;
    auto exchange = with_.service.next();
    if (exchange && is_full(exchange->call().which))
        exchange.reset();
    return exchange;
}

/// Whether the endpoints at which calls of this cycle are under way allow one more: a call that only helps other lanes, as
/// a list of ids does, is not worth making where there is no other lane.
bool lane::may_join()
{
    if (cycle_.calls() == 0)
        return true;
    std::uint64_t most = 1;
    for (const auto& [endpoint, calls] : cycle_.calls_by_endpoint())
        most = std::max(most, with_.shared.lanes(endpoint, options_.lanes, with_.time));
    with_.told.lanes(most);
    return cycle_.calls() < most;
}

bool lane::is_full(const qualys::endpoint& endpoint)
{
    return cycle_.calls(endpoint) >= with_.shared.lanes(endpoint, options_.lanes, with_.time);
}

/// One exchange, until it is over or the cycle is.
asio::awaitable<void> lane::pursue(services::exchange& exchange)
{
    attempts tries(options_.give_up_after);
    const auto patience =
        exchange.is_optional() ? std::optional<std::chrono::seconds>(optional_patience) : std::nullopt;
    while (cycle_.goes_on())
    {
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
        const auto action = co_await after_failure(exchange, page, tries);
        if (action.what != lane_action::kind::call)
            co_return;
    }
}

asio::awaitable<lane_action>
lane::after_failure(services::exchange& exchange, const page_outcome& page, attempts& tries)
{
    // What happened, for the log and the report.
    const auto endpoint = exchange.call().which;
    const auto failures = tries.failed(exchange.progress(), with_.time.now());
    const auto made = decide(page, failures, with_.jitter());
    const auto cause = caller_.describe(endpoint, page.attempt) + ": " + made.cause;
    const failed_call failed{made.id, cause, fields_of(page, with_.told.pulling_id())};
    with_.told.failed(made.id, cause);
    note_login(page);
    if (made.crowded)
        with_.shared.crowded(endpoint, with_.time);
    if (cycle_.end())
    {
        with_.log.warning(made.id, cause + ". The cycle has ended already", failed.fields);
        co_return lane_action{lane_action::kind::end};
    }

    // What it means, and what follows.
    const auto place = place_of(exchange);
    const auto event = co_await judge_.judge(exchange, page, made, failed);
    // What a service asks for again although that would hardly help has no wait of its own.
    const auto wait = made.wait == 0ms ? backoff_delay(failures, 1s, 60s, with_.jitter()) : made.wait;
    const auto action = tries.resume(event, wait, with_.time.now(), made.least);

    // Saying and doing that.
    report_event(event, failed, place);
    if (action.what == lane_action::kind::end)
        report_end(event, action, endpoint, failed);
    const bool waits = event == call_event::again || event == call_event::smaller;
    if (waits && action.what == lane_action::kind::call)
    {
        const auto size = with_.service.records_per_page();
        const auto less = event != call_event::smaller ? std::string()
                          : size == 0                  ? ", and for less"
                                                       : fmt::format(", with pages of {}", size);
        auto text = fmt::format(
            "{}. Next try in {:.1f} s, from {}{}",
            cause,
            std::chrono::duration<double>(action.wait).count(),
            place_of(exchange),
            less
        );
        with_.log.warning(made.id, std::move(text), failed.fields);
        co_await pause(endpoint, action, made);
    }
    co_return action;
}

asio::awaitable<void> lane::pause(const qualys::endpoint& endpoint, lane_action action, const decision& made)
{
    const auto until = with_.time.now() + action.wait;
    // Where calls of ours run well, that there was no place for this one holds up this one alone.
    const bool alone = made.crowded && with_.shared.places(endpoint).ours != 0;
    if (made.endpoint && !alone)
        with_.shared.block(endpoint, until);
    const auto wait = with_.told.waits_for_next_try(made.cause, until);
    co_await cycle_.wait_until(with_.time, until);
    with_.told.waited(made.endpoint ? name(made.id) : "retry", action.wait);
}

void lane::report_event(call_event event, const failed_call& failed, const std::string& place)
{
    constexpr auto id = trouble_id::quarantine;
    if (event == call_event::stays_out)
        with_.log.warning(
            id, failed.cause + ". The record stays in quarantine, and the next cycle tries it again", failed.fields
        );
    if (event == call_event::over)
    {
        with_.log.warning(
            id, fmt::format("{}. The cycle does not need the rest of that answer", failed.cause), failed.fields
        );
        with_.out.want_confirmed();
        log_messages();
        note_state();
    }
    if (event == call_event::instead)
    {
        with_.log.warning(failed.id, failed.cause + ". The cycle goes on without this call", failed.fields);
        log_messages();
    }
    if (event == call_event::left_out)
    {
        with_.log.warning(id, fmt::format("{}. The record at {} is left out", failed.cause, place), failed.fields);
        log_messages();
        note_state();
    }
}

void lane::report_end(
    call_event event, const lane_action& action, const qualys::endpoint& endpoint, const failed_call& failed
)
{
    std::string follows = "Trying again now would not help";
    if (event == call_event::login_refused)
        follows = "The login is not tried again for a while";
    else if (event == call_event::other_host)
        follows = hostname_advice(with_.shared.input());
    else if (event == call_event::version_gone)
        follows = version_advice(with_.shared.input(), qualys::name(endpoint));
    else if (action.out_of_patience)
        follows = "No more tries in this cycle";
    end_cycle(action.end, failed, follows);
}

std::string lane::place_of(const services::exchange& exchange) const
{
    auto place = exchange.position();
    return place.empty() ? with_.service.position() : place;
}

void lane::end_without_turn(services::exchange& exchange, const no_turn& none)
{
    if (cycle_.end())
        return;
    if (exchange.is_optional() && none.end == cycle_end::failed)
    {
        static_cast<void>(exchange.failed({.lasting = true, .reason = "limit", .now = with_.time.utc_now()}));
        log_messages();
        return;
    }
    if (none.end == cycle_end::failed)
        end_cycle(none.end, {none.id, none.cause}, "That takes too long for this cycle");
    else
        cycle_.end_with(none.end, none.cause);
}

void lane::end_cycle(cycle_end end, const failed_call& failed, const std::string& follows)
{
    auto text = fmt::format(
        "{}: API Error. Cause: {}. {}; what is delivered stays, and the next cycle goes on from {}",
        end == cycle_end::login && !with_.told.is_set_up() ? "SetupError 102" : "PullError",
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
    if (is_refused_login(page))
        return;
    const bool proven = page.refusal.code != 0 || page.events != 0;
    if (proven)
        with_.told.login_proven();
    if (proven)
        with_.shared.login_good();
    else
        with_.shared.login_untold();
}

void lane::page_came()
{
    with_.shared.login_good();
    with_.told.login_proven();
    with_.out.want_confirmed();
    note_state();
    const bool told = log_messages();  // a line per scan says enough
    with_.told.page_came(told);
}

void lane::note_state()
{
    with_.saved.note(with_.out.pushed(), {with_.service.state(), 0, with_.service.watermark()});
}

/// True when the service had something to say about the call itself.
bool lane::log_messages()
{
    auto messages = with_.service.take_messages();
    const bool told = !messages.empty();
    for (auto& message : messages)
        with_.log.info(std::move(message));
    for (const auto& notice : with_.service.take_notices())
    {
        auto text = fmt::format("{}: {}", options_.service, notice.text);
        if (notice.id)
            with_.log.warning(*notice.id, std::move(text));
        else
            with_.log.info(std::move(text));
    }
    return told;
}

}  // namespace qdc::collect
