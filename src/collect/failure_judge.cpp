#include "collect/failure_judge.hpp"

#include "collect/light_call.hpp"

#include <fmt/format.h>

#include <chrono>
#include <utility>

namespace qdc::collect
{

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace
{

/// How often is looked whether another service's light call has ended.
constexpr auto look_pause = 50ms;

/// Qualys' code for a parameter that it does not know. (User guide, API error codes.)
constexpr int unknown_parameter = 1901;

/// What the service wants, as an event of the machine.
call_event event_of(services::what_next next)
{
    using services::what_next;
    switch (next)
    {
        case what_next::again:
            return call_event::again;
        case what_next::smaller:
            return call_event::smaller;
        case what_next::suspect:
            return call_event::again;
        case what_next::over:
            return call_event::over;
        case what_next::left_out:
            return call_event::left_out;
        case what_next::stays_out:
            return call_event::stays_out;
        case what_next::instead:
            return call_event::instead;
        case what_next::give_up:
            break;
    }
    return call_event::give_up;
}

/// Without some of its parameters it is another call: the failure of this one says nothing about it.
services::call_failure of_another_call(const services::call_failure& failure)
{
    return {.elsewhere = true, .reason = failure.reason, .now = failure.now};
}

}  // namespace

/// What the service has to know of it.
services::call_failure failure_judge::failure_of(const decision& made) const
{
    services::call_failure failure;
    failure.record = made.whose == fault::record;
    failure.elsewhere = made.elsewhere;
    failure.smaller = made.smaller;
    failure.lasting = made.step != next_step::retry;
    failure.reason = name(made.id);
    failure.now = with_.time.utc_now();
    return failure;
}

/// Parameters that nobody here knows are sent until Qualys refuses them by name. True: the call has to be made without.
bool failure_judge::leave_out_parameters(
    services::exchange& exchange, const page_outcome& page, const failed_call& failed
)
{
    auto* const extra = exchange.extra();
    // Only where there are such parameters, and Qualys says that one is not known.
    if (extra == nullptr || page.failure != errc::refused || page.refusal.code != unknown_parameter)
        return false;
    // The text of the refusal names the parameter.
    const auto gone = extra->leave_out(page.refusal.text);
    for (const auto& parameter : gone)
    {
        auto text = fmt::format(
            "{}. extra_parameters.{} of {} is left out until the next start, or until the configuration changes",
            failed.cause,
            parameter,
            options_.service
        );
        with_.log.warning(trouble_id::extra_parameter, std::move(text), failed.fields);
    }
    return !gone.empty();
}

/// The troubles of login, host name and version are the input's; everything else the service decides. A refusal of one
/// record may be that record's.
asio::awaitable<call_event>
failure_judge::judge(services::exchange& exchange, const page_outcome& page, decision made, const failed_call& failed)
{
    auto failure = failure_of(made);
    if (leave_out_parameters(exchange, page, failed))
        failure = of_another_call(failure);

    // 403, 404 or 410 on a call for one record, or on one that the cycle can do without, is no reason to doubt the login
    // or the address: the service decides what becomes of it. Where the login itself is refused for it (401, 2000 …), the
    // light call has to show first that it is good.
    const bool alone = exchange.is_of_one_record() || exchange.is_optional();
    const bool refused_call = made.step == next_step::login && made.whose == fault::call;
    bool of_record = alone && (refused_call || made.step == next_step::retired);
    bool another_call_worked = false;
    if (made.step == next_step::login && !of_record)
    {
        const auto event = co_await judge_login();
        if (!alone || event != call_event::permission_missing)
            co_return event;
        of_record = another_call_worked = true;
    }
    if (made.step == next_step::other_host)
        co_return call_event::other_host;
    if (made.step == next_step::retired && !of_record)
    {
        const auto event = co_await judge_address(exchange.call().which, failed);
        // The exchange is tried once more: the service must not take this failure for one of what it asked for.
        if (event == call_event::older_version)
            static_cast<void>(exchange.failed({.elsewhere = true}));
        co_return event;
    }

    // Everything else is for the service to decide: it knows whether a smaller page or another way is possible.
    const auto next = exchange.failed(failure);
    if (next != services::what_next::suspect)
        co_return event_of(next);

    // A record is blamed only when something else works meanwhile.
    if (another_call_worked)
        co_return event_of(exchange.leave_out(failure));
    const auto light = co_await caller_.light_call();
    // Works: it is the record. Does not work: the input is in trouble, and the record is left alone.
    switch (light)
    {
        case light_verdict::good:
            co_return event_of(exchange.leave_out(failure));
        case light_verdict::login_refused:
            co_return call_event::login_refused;
        case light_verdict::other_host:
            co_return call_event::other_host;
        case light_verdict::unknown:
            break;
    }
    // Nothing is known of the rest, so the record is not blamed; a failure that would come again ends the cycle.
    co_return failure.lasting ? call_event::give_up : call_event::again;
}

/// A permission may be missing, or the whole login be wrong: the light call shows which.
asio::awaitable<call_event> failure_judge::judge_login()
{
    // Another lane is at it already, and what that finds out counts for this one too.
    if (!cycle_.doubt_login())
    {
        co_await cycle_.login_settled();
        co_return cycle_.login_is_good() ? call_event::permission_missing : call_event::login_refused;
    }
    // Another service of the input may be at it: what that finds out counts for a call that was under way with its own.
    const auto doubts = caller_.login_doubts();
    while (with_.shared.is_login_looked_into() && cycle_.goes_on())
        co_await cycle_.wait_until(with_.time, with_.time.now() + look_pause);
    // Refused: the light call was made, and the pause holds for all.
    if (with_.shared.login_pause(with_.time) || !cycle_.goes_on())
        co_return call_event::login_refused;
    // Good, and that was found out behind this call: it is the call that is not permitted.
    if (doubts != with_.shared.login_doubts() && with_.shared.login_is_good())
    {
        cycle_.trust_login();
        co_return call_event::permission_missing;
    }
    // From here on no other call of the input begins. A good light call, and a refused one, are noted by it
    // (caller::light_call).
    const login_look look(with_.shared, with_.time);
    const auto light = co_await caller_.light_call();
    // The question stays open: the next call of any service may answer it.
    if (light == light_verdict::unknown || light == light_verdict::other_host)
        with_.shared.login_unknown();
    if (light != light_verdict::good)
        co_return call_event::login_refused;
    // Lanes that wait for the verdict go on, unless the cycle ends.
    cycle_.trust_login();
    co_return call_event::permission_missing;
}

/// This version of one endpoint may be gone, or the host be the wrong one: the light call tells which.
asio::awaitable<call_event> failure_judge::judge_address(const qualys::endpoint& endpoint, const failed_call& failed)
{
    const auto light = co_await caller_.light_call();
    // Not even the light call's address is known there: it is the wrong host.
    if (light == light_verdict::other_host)
        co_return call_event::other_host;
    if (light == light_verdict::login_refused)
        co_return call_event::login_refused;
    // The host is right, or nothing can be said of it: then the version is at fault, and an older one may do.
    const bool older = caller_.take_older_version(endpoint, failed.cause, failed.fields);
    co_return older ? call_event::older_version : call_event::version_gone;
}

}  // namespace qdc::collect
