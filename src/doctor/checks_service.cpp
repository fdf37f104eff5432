#include "doctor/checks_service.hpp"

#include "collect/body.hpp"
#include "collect/decision.hpp"
#include "collect/page.hpp"
#include "collect/short_answer.hpp"
#include "qualys/answer_document.hpp"
#include "qualys/api_versions.hpp"
#include "qualys/end_of_life.hpp"
#include "qualys/refusal.hpp"
#include "services/catalogue.hpp"

#include <fmt/format.h>

#include <utility>

namespace qdc::doctor
{

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace
{

/// Errors are XML whatever format was asked for.
asio::awaitable<void> read_answer(
    collect::body& body,
    const http_head& head,
    const qualys::endpoint& endpoint,
    utc_time now,
    collect::page_outcome& out
)
{
    // The status and the document both may say that the call was refused.
    qualys::answer_document document(endpoint.root);
    out.failure = co_await collect::read_short_answer(body, document);
    out.stage = body.stage();
    out.refusal = collect::completed(document.refused(), head, body, now);
    // An endpoint without a root element answers in another format; only markup is an error then.
    const bool xml = !endpoint.root.empty() || body.is_markup();
    const auto outcome = xml ? document.outcome() : error_code();
    if (head.status != 200 || outcome == errc::refused)
        out.failure = errc::refused;
    else if (!out.failure && outcome)
    {
        out.failure = errc::not_a_document;
        out.detail = body.beginning();
    }
}

/// Makes one call and reads its answer as far as it says whether the call is allowed, with the limits in its head.
asio::awaitable<collect::page_outcome>
ask(http_stream& source, http_request request, const qualys::endpoint& endpoint, utc_time now)
{
    collect::page_outcome out;
    const auto head = co_await source.open(std::move(request));
    if (!head)
    {
        out.failure = head.error();
        out.stage = source.stage();
        source.close();
        co_return out;
    }
    out.limits = qualys::read_limits(head->fields);
    collect::body content(source, *head);
    out.status = head->status;
    co_await read_answer(content, *head, endpoint, now, out);
    source.close();
    co_return out;
}

/// Where the endpoint's version is gone and the configuration leaves the choice to us, the next older one is asked.
asio::awaitable<collect::page_outcome>
ask_newest(http_stream& source, qualys::call call, qualys::api_versions& versions, secret authorization, utc_time now)
{
    for (;;)
    {
        const auto version = versions.of(call.which);
        http_request request{qualys::path(call.which, version), qualys::form_encoded(call.form), authorization};
        auto page = co_await ask(source, std::move(request), call.which, now);
        page.attempt = qualys::path(call.which, version);
        const bool gone =
            page.failure == errc::refused && qualys::judge(page.refusal).what == qualys::remedy::other_version;
        if (!gone || !versions.retire(call.which, version))
            co_return page;
    }
}

/// A 403 is about this call; other refused logins are about the account.
bool refuses_account(const collect::page_outcome& page)
{
    return page.failure == errc::refused && qualys::judge(page.refusal).what == qualys::remedy::login;
}

/// The light call was good: an address that is not known is a matter of its version.
void note_permission(
    const collect::page_outcome& page,
    std::string_view input,
    const qualys::endpoint& endpoint,
    const settings::service& service,
    check_notes& notes
)
{
    if (!page.failure)
        return notes.ok(service.name, "allowed: " + page.attempt);
    // The decision of the collector itself shows what kind of fault it is.
    const auto decided = collect::decide(page, 1, 0);
    const auto text = page.attempt + ": " + decided.cause;
    if (decided.endpoint)
        notes.warn(
            service.name,
            text,
            fmt::format(
                "try again in {} s; the subscription's other users and tools share its limits", decided.wait / 1s
            )
        );
    else if (decided.step == collect::next_step::login)
        notes.fail(service.name, text, collect::permission_advice(service.name));
    else if (decided.step == collect::next_step::retired)
        notes.fail(service.name, text, collect::version_advice(input, qualys::name(endpoint)));
    else if (decided.step == collect::next_step::other_host)
        notes.fail(service.name, text, collect::hostname_advice(input));
    else
        notes.fail(service.name, text, "try again; if it stays, ask Qualys' support about this call");
}

/// "250 of 300 calls in 3600 s left".
std::string share_left(const qualys::limits& limits)
{
    const auto window = limits.window ? fmt::format(" in {} s", limits.window->count()) : "";
    return fmt::format("{} of {} calls{} left", *limits.remaining, *limits.calls, window);
}

}  // namespace

void check_versions(
    const services::service_kind& kind, const qualys::api_versions& versions, utc_time now, check_notes& notes
)
{
    for (const qualys::endpoint& one : kind.endpoints)
        if (const auto end = qualys::end_of_life(one, versions.of(one), now))
            notes.warn(
                "api version",
                *end + ", as Qualys announced",
                "set api_versions." + std::string(one.name) + " of this input to " +
                    std::string(one.versions.front().number) + ", or to auto"
            );
}

asio::awaitable<bool>
check_services(settings::input input, http_stream& source, secret authorization, time_source& time, check_notes& notes)
{
    qualys::api_versions versions(input.api_versions);
    bool refused = false;
    for (const auto& service : input.services)
    {
        // Further calls with a refused login could lock the account.
        if (refused)
        {
            notes.skip(service.name, "no login");
            notes.skip(service.name + " quota", "no login");
            continue;
        }
        // The cheapest call that needs the service's permission.
        const auto* const kind = services::find_kind(service.name);
        const auto now = time.utc_now();
        auto call = kind->probe(now);
        const qualys::endpoint& endpoint = call.which;
        const auto page = co_await ask_newest(source, std::move(call), versions, authorization, now);
        refused = refuses_account(page);
        note_permission(page, input.name, endpoint, service, notes);
        check_versions(*kind, versions, now, notes);
        check_quota(page.limits, service, input.quota_share, notes);
    }
    co_return !refused;
}

void check_quota(const qualys::limits& limits, const settings::service& service, double share, check_notes& notes)
{
    const auto check = service.name + " quota";
    if (!limits.calls || !limits.remaining)
        return notes.skip(check, "the answer says nothing about it");
    const auto text = share_left(limits);
    // Calls that one pull each period makes in the window of the limit: 3600 s / 60 s = 60.
    const double needed =
        limits.window ? static_cast<double>(limits.window->count()) / static_cast<double>(service.period.count()) : 0;
    if (limits.wait)
        notes.warn(check, text, fmt::format("wait {} s", limits.wait->count()));
    else if (*limits.remaining * 10 < *limits.calls)
        notes.warn(
            check, text, "other users and tools of the subscription share it: pull less often, or ask Qualys for more"
        );
    else if (needed > share * static_cast<double>(*limits.calls))
        notes.warn(
            check,
            fmt::format("{}; a pull every {} s needs {:.0f}", text, service.period.count(), needed),
            "raise request_period_in_seconds, or quota_share if nobody else calls this API"
        );
    else
        notes.ok(check, text);
}

}  // namespace qdc::doctor
