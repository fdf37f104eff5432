#include "collect/walk.hpp"

#include "collect/light_call.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace qdc::collect
{

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace
{

/// A page of one record that fails so often in a row is that record's fault.
constexpr std::uint32_t tries_alone = 3;

/// Gives the call's place back, also when the walk is stopped.
class call_in_flight
{
public:
    call_in_flight(subscription& shared, const qualys::endpoint& which, const time_source& time)
        : shared_(shared),
          which_(which),
          time_(time)
    {
    }

    ~call_in_flight() { shared_.answered(which_, said, time_); }

    call_in_flight(const call_in_flight&) = delete;
    call_in_flight& operator=(const call_in_flight&) = delete;

    qualys::limits said;

private:
    subscription& shared_;
    qualys::endpoint_ref which_;
    const time_source& time_;
};

/// A page that is asked for smaller is a new question: it does not have to wait long.
constexpr auto smaller_page_pause = 1s;

}  // namespace

std::string_view name(cycle_end how)
{
    switch (how)
    {
        case cycle_end::complete:
            return "complete";
        case cycle_end::partial:
            return "partial";
        case cycle_end::failed:
            return "failed";
        case cycle_end::login:
            return "login";
        case cycle_end::retired:
            return "retired";
    }
    return "failed";
}

asio::awaitable<cycle_end> walk::run()
{
    auto& service = with_.service;
    service.ask_for(with_.size.now());
    for (auto call = service.next_call(); call; call = service.next_call())
    {
        const auto no_turn = co_await await_turn(call->which);
        if (no_turn)
            co_return *no_turn;
        const auto page = co_await make(*call);
        if (!page.failure)
        {
            page_came();
            continue;
        }
        const auto end = co_await after_failure(*call, page);
        if (end)
            co_return *end;
    }
    if (skipped_)
        co_return cycle_end::failed;
    if (service.in_quarantine().empty())
        co_return cycle_end::complete;
    why_ = fmt::format("{} host(s) are in quarantine", service.in_quarantine().size());
    co_return cycle_end::partial;
}

/// Waits until the call may go out. A cycle that is to end soon does not wait longer than it would retry.
asio::awaitable<walk::next> walk::await_turn(const qualys::endpoint& which)
{
    for (auto hold = with_.shared.ask(which, options_.limits, with_.time); hold;
         hold = with_.shared.ask(which, options_.limits, with_.time))
    {
        if (with_.shared.login_rest(with_.time))
        {
            why_ = "the login of this input was refused";
            co_return cycle_end::login;
        }
        const auto now = with_.time.now();
        if (options_.give_up_after && hold->until - now > *options_.give_up_after)
            co_return give_up(
                cycle_end::failed, options_.service + ' ' + hold->text, "That takes too long for this cycle"
            );
        with_.told.waits(*hold);
        co_await with_.time.sleep_until(hold->until);
        with_.told.waited(hold->reason, with_.time.now() - now);
    }
    co_return std::nullopt;
}

asio::awaitable<page_outcome> walk::make(qualys::call call)
{
    auto request = request_for(call);
    with_.log.debug(fmt::format("POST {} at {}: {}", request.target, with_.source.endpoint(), request.body));
    with_.told.calling();

    call_in_flight flying(with_.shared, call.which, with_.time);
    auto page = co_await read_page(with_.source, with_.service, with_.out, with_.saved, with_.time, std::move(request));
    flying.said = page.limits;
    with_.told.answered(call.which, page);
    co_return page;
}

void walk::page_came()
{
    failures_ = 0;
    failed_alone_ = 0;
    with_.shared.login_good();
    with_.size.grow();
    with_.service.ask_for(with_.size.now());
    with_.out.want_confirmed();
    with_.saved.note(with_.out.pushed(), {with_.service.state(), 0, with_.service.watermark()});
    const bool told = log_messages();  // a line per scan says enough
    with_.told.page_came(told);
}

/// Whether the failed call showed that the login is good: an error of Qualys' own behind the login did.
void walk::tell_login(const page_outcome& page)
{
    if (is_refused_login(page))
        return;
    if (page.refusal.code != 0 || page.events != 0)
        with_.shared.login_good();
    else
        with_.shared.login_untold();
}

/// The table of decision.hpp, applied.
asio::awaitable<walk::next> walk::after_failure(qualys::call call, page_outcome page)
{
    const auto place = with_.service.position();
    if (place != std::exchange(place_, place))  // it got further than the last time
        failures_ = failed_alone_ = 0;
    if (++failures_ == 1 && !shrunk_)
        failing_since_ = with_.time.now();
    shrunk_ = false;
    auto made = decide(page, failures_, with_.jitter());
    auto what = what_was_tried(call, page.attempt) + ": " + made.cause;
    with_.told.failed(made.reason, what);
    tell_login(page);

    if (made.step == next_step::login)
        co_return co_await after_refused_login(std::move(what));
    const bool without = co_await goes_on_without(made, what);
    if (without)
        co_return std::nullopt;
    if (made.step == next_step::retired)
        co_return co_await after_unknown_address(std::move(call), std::move(what));
    if (made.step == next_step::other_host)
        co_return give_up(cycle_end::failed, what, hostname_advice(with_.shared.input()));
    if (made.step == next_step::next_cycle)
        co_return give_up(cycle_end::failed, what, "Trying again now would not help");
    const bool patience =
        !options_.give_up_after || with_.time.now() + made.wait - failing_since_ <= *options_.give_up_after;
    if (!patience)
        co_return give_up(cycle_end::failed, what, "No more tries in this cycle");
    co_await try_again(call.which, std::move(made), std::move(what));
    co_return std::nullopt;
}

asio::awaitable<void> walk::try_again(const qualys::endpoint& which, decision made, std::string what)
{
    const auto size = with_.size.now();
    if (made.smaller)
        with_.size.shrink();
    with_.service.ask_for(with_.size.now());
    std::string less;
    if (with_.size.now() != size)
    {
        made.wait = std::max(std::min<std::chrono::milliseconds>(made.wait, smaller_page_pause), made.least);
        failures_ = 0;
        shrunk_ = true;
        less = fmt::format(", with pages of {}", with_.size.now());
    }
    with_.log.warning(fmt::format(
        "{}. Next try in {:.1f} s, from {}{}",
        what,
        std::chrono::duration<double>(made.wait).count(),
        with_.service.position(),
        less
    ));
    const auto until = with_.time.now() + made.wait;
    if (made.endpoint)
        with_.shared.block(which, until);
    with_.told.pauses(service_phase::waiting, "waits for its next try: " + made.cause, until);
    co_await with_.time.sleep_until(until);
    with_.told.waited(made.endpoint ? made.reason : "retry", made.wait);
}

/// The call can be done without in this cycle.
asio::awaitable<bool> walk::goes_on_without(decision made, std::string what)
{
    auto& service = with_.service;
    const bool probe = service.is_probe() && made.whose != fault::network && made.step != next_step::retired;
    if (probe && service.skip_call())
    {
        with_.log.warning(what + ". The host stays in quarantine, and the next cycle tries it again");
        failures_ = 0;
        co_return true;
    }
    const bool left_out = co_await leave_out(made, what);
    if (left_out)
        co_return true;
    if (made.step != next_step::next_cycle || !service.skip_call())
        co_return false;
    with_.log.warning(what + ". Left out of this cycle, tried again in the next one");
    log_messages();
    why_ = what;
    skipped_ = true;
    failures_ = 0;
    co_return true;
}

walk::next walk::give_up(cycle_end how, const std::string& what, std::string_view follows)
{
    with_.log.error(fmt::format(
        "PullError: API Error. Cause: {}. {}; what is delivered stays, and the next cycle goes on from {}",
        what,
        follows,
        with_.service.position()
    ));
    why_ = what;
    return how;
}

/// One bad record must not hold up the others: when less cannot be asked for, and other calls work meanwhile, it is left
/// out.
asio::awaitable<bool> walk::leave_out(decision made, std::string what)
{
    if (made.whose != fault::record)
    {
        if (!made.smaller || !with_.size.single() || ++failed_alone_ < tries_alone)
            co_return false;
        const auto others = co_await light_call();
        if (others != light_verdict::good)
            co_return false;
    }
    const auto place = with_.service.position();
    if (!with_.service.quarantine_next(with_.time.utc_now(), std::string(made.reason)))
        co_return false;
    with_.log.warning(fmt::format("{}. The record at {} is left out", what, place));
    failures_ = failed_alone_ = 0;
    log_messages();
    with_.saved.note(with_.out.pushed(), {with_.service.state(), 0, with_.service.watermark()});
    co_return true;
}

bool walk::other_version(const qualys::call& call, const std::string& what)
{
    auto& versions = with_.shared.versions();
    const auto gone = versions.of(call.which);
    if (!versions.automatic(call.which) || !versions.retire(call.which, gone))
        return false;
    with_.log.warning(fmt::format(
        "{}. Version {} of {} is gone; {} is used from now on",
        what,
        gone,
        qualys::name(call.which),
        versions.of(call.which)
    ));
    failures_ = 0;
    return true;
}

/// The smallest call there is: it shows whether host and login are right, when another call failed.
asio::awaitable<light_verdict> walk::light_call()
{
    const auto& which = qualys::endpoints::about;
    with_.told.calling();
    const auto light = co_await make_light_call(with_.source, options_.authorization, with_.time);
    with_.told.answered(which, light.page);
    const auto verdict = judge_light_call(light.page);
    if (verdict == light_verdict::good)
        with_.shared.login_good();
    if (verdict == light_verdict::login_refused)
    {
        with_.shared.login_refused(with_.time);
        with_.log.error(fmt::format(
            "{}: {}. The login of input {} is refused altogether: none of its services calls before {}, unless the "
            "configuration or the secret changes",
            what_was_tried({which, {}}, "asking"),
            decide(light.page, 1, 0).cause,
            with_.shared.input(),
            utc_seconds(with_.time.utc_now() + login_rest_after(with_.shared.refused_logins()))
        ));
    }
    co_return verdict;
}

/// A permission may be missing, or the whole login be wrong: the light call tells which.
asio::awaitable<walk::next> walk::after_refused_login(std::string what)
{
    auto end = give_up(cycle_end::login, what, "The login is not tried again for a while");
    const auto light = co_await light_call();
    if (light == light_verdict::unknown || light == light_verdict::other_host)
        with_.shared.login_untold();
    co_return end;
}

/// This version of one endpoint may be gone, or the host be the wrong one: the light call tells which.
asio::awaitable<walk::next> walk::after_unknown_address(qualys::call call, std::string what)
{
    const auto light = co_await light_call();
    if (light == light_verdict::other_host)
        co_return give_up(cycle_end::failed, what, hostname_advice(with_.shared.input()));
    if (light == light_verdict::login_refused)
        co_return give_up(cycle_end::login, what, "The login is not tried again for a while");
    const bool other = other_version(call, what);
    if (other)
        co_return std::nullopt;
    co_return give_up(cycle_end::retired, what, version_advice(with_.shared.input(), qualys::name(call.which)));
}

http_request walk::request_for(const qualys::call& call) const
{
    const auto version = with_.shared.versions().of(call.which);
    return {qualys::path(call.which, version), qualys::form_encoded(call.form), options_.authorization};
}

std::string walk::what_was_tried(const qualys::call& call, const std::string& attempt) const
{
    return fmt::format(
        "{}: {} {} at {}",
        options_.service,
        attempt,
        qualys::path(call.which, with_.shared.versions().of(call.which)),
        with_.source.endpoint()
    );
}

/// True when the service had something to say about the call itself.
bool walk::log_messages()
{
    auto messages = with_.service.take_messages();
    const bool told = !messages.empty();
    for (auto& message : messages)
        with_.log.info(std::move(message));
    for (const auto& notice : with_.service.take_notices())
        with_.log.warning(fmt::format("{}: {}", options_.service, notice));
    return told;
}

}  // namespace qdc::collect
