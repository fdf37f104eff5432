#include "collect/caller.hpp"

#include "base/count_of.hpp"
#include "collect/light_call.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace qdc::collect
{

namespace asio = boost::asio;

namespace
{

/// The call that a turn was given for. Gives its place back, also when the lane is stopped.
class call_in_flight
{
public:
    call_in_flight(subscription& shared, const qualys::endpoint& endpoint, const time_source& time)
        : shared_(shared),
          endpoint_(endpoint),
          time_(time),
          number_(shared.last_call())
    {
    }

    ~call_in_flight() { shared_.ended(endpoint_, number_, time_); }

    call_in_flight(const call_in_flight&) = delete;
    call_in_flight& operator=(const call_in_flight&) = delete;

    void received(const qualys::limits& limits) { shared_.received(endpoint_, limits, number_, time_); }

private:
    subscription& shared_;
    qualys::endpoint_ref endpoint_;
    const time_source& time_;
    std::uint64_t number_;
};

trouble_id id_of(const call_hold& hold)
{
    return hold.reason == "concurrency" ? trouble_id::concurrency_limit : trouble_id::rate_limit;
}

}  // namespace

log_fields fields_of(const page_outcome& page, const std::string& pulling_id)
{
    log_fields fields{{"pulling_id", pulling_id}};
    if (page.status != 0)
        fields.push_back({"http_status", std::uint64_t{page.status}});
    // Only a refusal that Qualys itself wrote has a code; a gateway's has none.
    if (page.failure == errc::refused && page.refusal.code > 0)
        fields.push_back({"qualys_code", static_cast<std::uint64_t>(page.refusal.code)});
    return fields;
}

/// A cycle that is to end soon does not wait longer than it would retry.
asio::awaitable<std::optional<no_turn>>
caller::await_turn(const qualys::endpoint& endpoint, std::optional<std::chrono::seconds> patience)
{
    const auto began = with_.time.now();
    // The quota is asked again after each wait: other lanes and services may have been faster.
    for (auto hold = with_.shared.ask(endpoint, options_.limits, with_.time); hold;
         hold = with_.shared.ask(endpoint, options_.limits, with_.time))
    {
        // A refused login pauses for a minute at least: with an end in sight that is no wait. Else the call waits as for any
        // other limit, because it was not refused itself.
        if (options_.give_up_after && with_.shared.login_pause(with_.time))
            co_return no_turn{cycle_end::login, trouble_id::login, "the login of this input was refused"};
        const auto now = with_.time.now();
        // Giving up at once is better than to wait for a moment that comes too late anyhow.
        const bool too_long = options_.give_up_after && hold->until - now > *options_.give_up_after;
        if (too_long || (patience && hold->until - began > *patience))
            co_return no_turn{cycle_end::failed, id_of(*hold), options_.service + ' ' + hold->text};
        // Shown in the report while `wait` lives; the sleep is cut short when another lane ends the cycle.
        const auto wait = with_.reports.waits(*hold);
        co_await cycle_.wait_until(with_.time, hold->until);
        with_.reports.waited(hold->reason, with_.time.now() - now);
        if (const auto end = cycle_.end())
            co_return no_turn{*end, id_of(*hold), cycle_.why()};
    }
    co_return std::nullopt;
}

asio::awaitable<page_outcome> caller::make(services::exchange& exchange)
{
    const auto& call = exchange.call();
    const auto endpoint = call.which;
    // The newest version that is not retired: another service may have found out that one is gone.
    const auto version = with_.shared.versions().of(endpoint);
    http_request request{qualys::path(endpoint, version), qualys::form_encoded(call.form), options_.authorization};
    with_.log.debug(fmt::format("POST {} at {}: {}", request.target, with_.source.endpoint(), request.body));
    with_.reports.calling();

    doubts_ = with_.shared.login_doubts();
    // The place that ask() gave is held by this object, so it is given back on every way out.
    call_in_flight in_flight(with_.shared, endpoint, with_.time);
    const std::function<void(const qualys::limits&)> received = [&in_flight](const qualys::limits& limits)
    { in_flight.received(limits); };
    auto page = co_await read_page(
        with_.source, with_.service, exchange, with_.out, with_.saved, with_.time, std::move(request), received
    );
    // The date of the answer shows how far our clock is from Qualys'.
    note_clock(page);
    with_.reports.answered(endpoint, page);
    co_return page;
}

/// A wrong clock of ours loses nothing, but it delays data.
void caller::note_clock(const page_outcome& page)
{
    if (!page.date)
        return;
    auto& clock = with_.shared.clock();
    clock.answered(*page.date, page.date_came);
    const auto skew = *clock.skew(with_.time);
    // A date is written in full seconds, and an answer takes its time.
    const auto tolerance = std::max(options_.settle_delay, std::chrono::seconds(10));
    with_.reports.clock(skew, tolerance);
    // The warning comes once, when the clock begins to be off, and one line when it is right again.
    const bool off = skew > tolerance || -skew > tolerance;
    if (off && !clock.off_since)
    {
        clock.off_since = with_.time.now();
        with_.log.warning(
            trouble_id::clock,
            fmt::format(
                "The clock of this machine is {:.0f} s {} that of {} (more than {} s matter). Nothing is lost by "
                "it: windows end by the earlier of both clocks. Set the clock",
                skew.count() > 0 ? skew.count() : -skew.count(),
                skew.count() > 0 ? "ahead of" : "behind",
                with_.source.endpoint(),
                tolerance.count()
            )
        );
    }
    // Right again: said once, with how long it lasted.
    else if (!off && clock.off_since)
    {
        const std::chrono::duration<double> lasted = with_.time.now() - *clock.off_since;
        clock.off_since.reset();
        with_.reports.note_news();  // the end of a trouble, perhaps in a cycle without events
        with_.log.info(fmt::format(
            "The clock of this machine agrees with that of {} again, after {:.0f} s",
            with_.source.endpoint(),
            lasted.count()
        ));
    }
}

void caller::note_good_login()
{
    const auto refused = with_.shared.refused_logins();
    with_.shared.login_good(doubts_);
    // The end of the trouble of the whole input is worth a line.
    if (refused != 0 && with_.shared.refused_logins() == 0)
    {
        with_.reports.note_news();
        with_.log.info(fmt::format(
            "The login of input {} is accepted again, after {:.0f} s; it was refused {}",
            with_.shared.input(),
            std::chrono::duration<double>(with_.time.now() - with_.shared.login_refused_since()).count(),
            count_of(refused, "time")
        ));
    }
    with_.reports.login_proven();
}

asio::awaitable<light_verdict> caller::light_call()
{
    const auto& endpoint = qualys::endpoints::about;
    // Known already: this one would only be one more bad login.
    if (with_.shared.login_pause(with_.time))
        co_return light_verdict::login_refused;
    with_.reports.calling();
    doubts_ = with_.shared.login_doubts();
    // It goes out without asking for a turn: what it shows is wanted just when other calls are held back.
    const auto light = co_await make_light_call(with_.source, options_.authorization, with_.time);
    with_.reports.answered(endpoint, light.page);
    const auto verdict = judge_light_call(light.page);
    // The light call got behind the login, so the login is good, whatever was refused before.
    if (verdict == light_verdict::good)
        note_good_login();
    // Now it is sure that the whole login is refused: every service of the input stops calling, before the account is
    // locked.
    if (verdict == light_verdict::login_refused && with_.shared.login_refused(doubts_, with_.time))
    {
        with_.log.error(
            trouble_id::login,
            fmt::format(
                "{}: {}. The login of input {} is refused altogether, {} in a row: none of its services calls before "
                "{}, "
                "because repeated bad logins lock the account. Fix the credentials: a changed configuration or secret "
                "file is tried at once",
                describe(endpoint, "asking"),
                decide(light.page, 1, 0).cause,
                with_.shared.input(),
                count_of(with_.shared.refused_logins(), "time"),
                utc_seconds(with_.time.utc_now() + login_pause_after(with_.shared.refused_logins()))
            ),
            fields_of(light.page, with_.reports.pulling_id())
        );
    }
    co_return verdict;
}

bool caller::take_older_version(const qualys::endpoint& endpoint, const std::string& cause, const log_fields& fields)
{
    auto& versions = with_.shared.versions();
    const auto gone = versions.of(endpoint);
    // Only with "auto" may another version be asked for; and there has to be an older one.
    if (!versions.automatic(endpoint) || !versions.retire(endpoint, gone))
        return false;
    with_.log.warning(
        trouble_id::retired,
        fmt::format(
            "{}. Version {} of {} is gone; {} is used from now on",
            cause,
            gone,
            qualys::name(endpoint),
            versions.of(endpoint)
        ),
        fields
    );
    return true;
}

std::string caller::describe(const qualys::endpoint& endpoint, const std::string& attempt) const
{
    return fmt::format(
        "{}: {} {} at {}",
        options_.service,
        attempt,
        qualys::path(endpoint, with_.shared.versions().of(endpoint)),
        with_.source.endpoint()
    );
}

}  // namespace qdc::collect
