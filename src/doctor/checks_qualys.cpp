#include "doctor/checks_qualys.hpp"

#include "app/parts.hpp"
#include "base/basic_authorization.hpp"
#include "collect/decision.hpp"
#include "collect/light_call.hpp"
#include "doctor/checks_account.hpp"
#include "doctor/checks_network.hpp"
#include "doctor/checks_service.hpp"
#include "net/https_stream.hpp"
#include "net/tls_context.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

namespace qdc::doctor
{

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace
{

/// The key path of a value of this input, for advice.
std::string key_of(const settings::input& input, const char* key)
{
    return "inputs." + input.name + '.' + key;
}

/// The checks of the account are not made.
void skip_account(const std::string& reason, check_notes& notes)
{
    notes.skip("role", reason);
    notes.skip("hosts", reason);
}

/// Notes every check of the input from the step `first` on as skipped, so that a report always has the same lines.
void skip_from(std::size_t first, const settings::input& input, const std::string& reason, check_notes& notes)
{
    const char* const steps[] = {"name resolution", "proxy", "connection", "certificate", "clock", "login"};
    for (auto i = first; i < std::size(steps); ++i)
        notes.skip(steps[i], reason);
    for (const auto& service : input.services)
    {
        notes.skip(service.name, reason);
        notes.skip(service.name + " quota", reason);
    }
    skip_account(reason, notes);
}

/// Shakes hands once, for the certificate alone. False: it is noted why not.
asio::awaitable<bool> check_connection(
    settings::input input, way chosen, std::shared_ptr<net::tls_context> tls, utc_time now, check_notes& notes
)
{
    const net::peer to{input.host, input.port};
    const auto path = chosen.to(to);
    const auto dialled = co_await net::dial(to, chosen.via, std::move(tls), step_limit(input.connect_timeout));
    if (!dialled)
    {
        const auto hostname = key_of(input, "credentials.hostname");
        const auto proxy = key_of(input, "proxy");
        const connection_keys keys{hostname, chosen.via ? chosen.from : hostname, key_of(input, "tls.ca_file"), proxy};
        notes.fail("connection", path + ": " + dialled.error().message(), fix_of(dialled.error(), keys));
        co_return false;
    }
    notes.ok("connection", path + at_address(**dialled, chosen, to) + ", TLS");
    if (const auto shown = (*dialled)->peer_certificate())
        check_days_left({*shown}, now, "certificate", "Qualys, or whoever inspects TLS, has to renew it", notes);
    co_return true;
}

/// How far our clock is from that of Qualys. A time window that ends by a wrong clock would miss data.
void note_clock(const std::string& date, utc_time asked, utc_time answered, check_notes& notes)
{
    const auto theirs = parse_http_date(date);
    if (!theirs)
        return notes.skip("clock", "the answer has no date");
    const auto skew = clock_skew(*theirs, asked, answered);
    const auto text = skew == 0s
                          ? "agrees with Qualys"
                          : fmt::format("{} s {} Qualys", std::abs(skew.count()), skew > 0s ? "behind" : "ahead of");
    if (std::chrono::abs(skew) > 300s)
        notes.fail("clock", text, "set this machine's clock (NTP): windows of time would miss data");
    else if (std::chrono::abs(skew) > 60s)
        notes.warn("clock", text, "set this machine's clock (NTP)");
    else
        notes.ok("clock", text);
}

/// Whether more may be asked with these credentials.
bool note_login(const collect::light_outcome& answer, const settings::input& input, check_notes& notes)
{
    if (!answer.page.failure)
    {
        const auto version = answer.web_version.empty() ? "" : " (platform version " + answer.web_version + ')';
        notes.ok("login", "accepted by https://" + net::peer{input.host, input.port}.text() + version);
        return true;
    }
    // The same decision as the collector's own, so that both say the same about an answer.
    const auto decided = collect::decide(answer.page, 1, 0);
    if (decided.step == collect::next_step::login)
        notes.fail(
            "login",
            decided.cause,
            "correct " + key_of(input, "credentials") + " or their hostname" +
                " (each account has one platform), or have API access granted"
        );
    else if (decided.endpoint)
        notes.warn("login", decided.cause, fmt::format("try again in {} s", decided.wait.count() / 1000));
    else if (collect::judge_light_call(answer.page) == collect::light_verdict::other_host)
        notes.fail("login", decided.cause, collect::hostname_advice(input.name));
    else
        notes.fail("login", decided.cause, "try again; if it stays, ask Qualys' support, or whoever runs the proxy");
    return decided.endpoint;
}

/// Makes one light call with the credentials; its answer also has the date of Qualys. True: more may be asked.
asio::awaitable<bool>
check_login(settings::input input, http_stream& source, secret authorization, time_source& time, check_notes& notes)
{
    const auto asked = time.utc_now();
    const auto answer = co_await collect::make_light_call(source, std::move(authorization), time);
    note_clock(answer.date, asked, time.utc_now(), notes);
    co_return note_login(answer, input, notes);
}

/// The stream to Qualys, as the collector has it but with shorter time limits.
std::unique_ptr<http_stream>
make_stream(const settings::input& input, std::optional<net::proxy> via, std::shared_ptr<net::tls_context> tls)
{
    // Qualys may think before it answers, but nobody waits for minutes here.
    constexpr auto answer_limit = 30s;
    net::https_options options;
    options.to = {input.host, input.port};
    options.via = std::move(via);
    options.tls = std::move(tls);
    options.connect_timeout = step_limit(input.connect_timeout);
    options.first_byte_timeout = std::min(input.first_byte_timeout, answer_limit);
    options.idle_timeout = std::min(input.idle_timeout, answer_limit);
    options.user_agent = "qualys-devo-collector/" QDC_VERSION;
    return net::make_https_stream(std::move(options));
}

}  // namespace

asio::awaitable<void> check_input(settings::input input, time_source& time, check_notes notes)
{
    // Each step needs the one before it; the first that fails has the others skipped.
    net::peer to{input.host, input.port};
    const auto chosen = choose_way(input.proxy, to, key_of(input, "proxy"));
    const auto unknown = co_await check_first_hop(chosen, std::move(to), step_limit(input.connect_timeout), notes);
    if (!unknown.empty())
        co_return skip_from(2, input, unknown, notes);

    // Steps 0 and 1 are noted by check_first_hop(); 2 and 3 are the connection and its certificate.
    const auto tls = app::make_input_context(input);
    if (!tls)
    {
        notes.fail("connection", tls.error(), "correct " + key_of(input, "tls.ca_file"));
        co_return skip_from(3, input, "no connection", notes);
    }
    const bool connected = co_await check_connection(input, chosen, *tls, time.utc_now(), notes);
    if (!connected)
        co_return skip_from(3, input, "no connection", notes);

    // From here on Qualys itself is asked. After a refused login nothing more: accounts lock.
    const auto source = make_stream(input, chosen.via, *tls);
    const auto authorization = basic_authorization(input.login.username, input.login.password);
    const bool accepted = co_await check_login(input, *source, authorization, time, notes);
    if (!accepted)
        co_return skip_from(6, input, "no login", notes);
    const bool allowed = co_await check_services(input, *source, authorization, time, notes);
    if (!allowed)
        co_return skip_account("no login", notes);
    co_await check_account(input, *source, authorization, time, notes);
}

std::chrono::seconds clock_skew(utc_time theirs, utc_time asked, utc_time answered)
{
    // asked 10:00:00, answered 10:00:02; Date 10:00:05 -> 3 s, Date 10:00:01 -> 0 s, Date 09:59:57 -> -2 s
    if (theirs > answered)
        return std::chrono::ceil<std::chrono::seconds>(theirs - answered);
    if (theirs + 1s < asked)
        return std::chrono::floor<std::chrono::seconds>(theirs + 1s - asked);
    return 0s;
}

}  // namespace qdc::doctor
