#include "status/attention.hpp"

#include "status/figures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>

namespace qdc::status
{

using namespace std::chrono_literals;

namespace
{

constexpr auto recently = 300s;  // an output's error of so long ago still counts
constexpr auto long_wait = 600s;
constexpr auto far_behind = 3600s;
constexpr auto just_now = 10s;
constexpr auto silence = 60s;  // without a byte, or anything else that moves

/// The outcome of a cycle in words for people.
std::string_view words_of_outcome(std::string_view outcome)
{
    if (outcome == "login")
        return "login or permission refused";
    return outcome == "retired" ? "API version retired" : outcome;
}

/// Whether the last cycle ended without its data, and not for a checkpoint that could not be saved.
bool ended_badly(const service_report& service)
{
    const bool badly = service.last && service.last->outcome != "complete" && service.last->outcome != "partial";
    return badly && service.save_failure.empty();  // that is a trouble of its own
}

/// Whether nothing of the call came for a minute; a call that waits for the outputs is not silent.
bool is_silent(const call_report& call, const collector_report& all)
{
    return call.waits_for != call_wait::outputs && all.steady_now - call.since >= silence;
}

/// What it has read is not taken, or not confirmed, by the outputs. Without a call under way a cycle only waits for its
/// end: until all that was sent before it, by other services too, is confirmed.
bool waits_for_outputs(const service_report& service)
{
    const auto waits = [](const call_report& call) { return call.waits_for == call_wait::outputs; };
    return std::ranges::all_of(service.calls, waits);
}

/// Busy, but for a minute no byte, no page and no confirmation came.
bool stands_still(const service_report& service, const collector_report& all)
{
    if (service.phase != service_phase::pulling)
        return false;
    const auto silent = [&all](const call_report& call) { return is_silent(call, all); };
    return std::ranges::any_of(service.calls, silent) || all.steady_now - service.moved >= silence;
}

/// Whether the service stands still only because the outputs take or confirm nothing.
bool waits_in_vain(const service_report& service, const collector_report& all)
{
    return service.save_failure.empty() && stands_still(service, all) && waits_for_outputs(service);
}

/// Whether the last try of the output failed: to connect, or to have what it carried confirmed. What was long ago does not
/// count where nothing waits: a new connection is made, and confirmed, only for new events.
bool has_failed(const output_report& report, utc_time now)
{
    return report.spell.since && !report.last_errors.empty() &&
           (now - report.last_errors.front().last < recently || report.unconfirmed_bytes > 0);
}

/// The same for any of the outputs.
bool any_has_failed(const collector_report& all)
{
    return std::ranges::any_of(all.outputs, [&all](const output_report& one) { return has_failed(one, all.now); });
}

/// Whether some output has just taken or confirmed something: what waits for it is slow, or will be confirmed at once.
bool any_moves(const collector_report& all)
{
    const auto moves = [&all](const output_report& one)
    { return one.unconfirmed_bytes != 0 && all.steady_now - one.moved < just_now; };
    return std::ranges::any_of(all.outputs, moves);
}

/// An output that takes or confirms nothing and holds up several services; nullptr: there is none.
const output_report* idle_output(const collector_report& all)
{
    const auto waiting =
        std::ranges::count_if(all.services, [&all](const service_report& one) { return waits_in_vain(one, all); });
    if (waiting < 2 || all.outputs.empty() || any_moves(all))
        return nullptr;
    // With several outputs, the one that owes most confirmations holds up the others.
    const auto& last = *std::ranges::max_element(all.outputs, {}, &output_report::unconfirmed_bytes);
    return last.unconfirmed_bytes != 0 ? &last : nullptr;
}

/// A full disk, and an output that fails or takes nothing, are troubles of their own, however many services wait for them.
bool follows_from_another(const service_report& service, const collector_report& all)
{
    if (!service.save_failure.empty())
        return true;
    return waits_for_outputs(service) && (any_moves(all) || any_has_failed(all) || idle_output(all) != nullptr);
}

/// The reason of the last cycle's end, for a line of its own.
std::string why_it_ended(const receipt& cycle)
{
    return fmt::format("its last cycle: {}. {}", words_of_outcome(cycle.outcome), cycle.why);
}

/// The newest error that says how a service is doing; nullptr: there is none. A rule that masks nothing stops no service,
/// and while calls fail, a checkpoint that was not saved is not the reason.
const error_note* newest_error(const service_report& service)
{
    const auto is_reason = [&service](const error_note& one)
    {
        const bool of_a_checkpoint = one.id == trouble_id::checkpoint_unsaved;
        return one.id != trouble_id::obfuscation && !(of_a_checkpoint && service.failing);
    };
    const auto found = std::ranges::find_if(service.last_errors, is_reason);
    return found == service.last_errors.end() ? nullptr : &*found;
}

/// "rests because its login was refused: HTTP 401 …; next try at 00:25". A service may pause for the refusal of another.
std::string why_it_is_refused(const service_report& service, const collector_report& all)
{
    const auto* const error = newest_error(service);
    auto text = service.doing;
    if (service.failing && error != nullptr && error->id == trouble_id::login)
        text += ": " + error->text;
    if (service.until)
        text += "; next try at " + clock(*service.until, all.now);
    return text;
}

/// " (4 failures within 148 s)"; nothing for a single one.
std::string how_long_it_fails(const failing_spell& spell, const collector_report& all)
{
    if (!spell.since || spell.failures < 2)
        return {};
    const auto length = span(std::chrono::duration<double>(all.steady_now - *spell.since));
    return fmt::format(" ({} within {})", plural(spell.failures, "failure"), length);
}

/// The worst that can be said of how a service is doing; what is below it follows from it.
void add_state_trouble(
    const service_report& service, const trouble& blank, const collector_report& all, std::vector<trouble>& found
)
{
    // At most one trouble is added, the first that fits.
    const auto add = [&blank, &found](bool bad, trouble_id id, std::string text)
    {
        found.push_back(blank);
        found.back().bad = bad;
        found.back().text = std::move(text);
        found.back().id = id;
    };
    const auto* const error = newest_error(service);
    const auto last_id = error != nullptr ? error->id : trouble_id::internal;
    // refused: it pauses, because each further try could lock the account.
    if (service.phase == service_phase::refused)
        add(true, trouble_id::login, why_it_is_refused(service, all));
    // stopped: it could not start, or has ended.
    else if (service.phase == service_phase::stopped)
        add(true,
            service.failing ? last_id : trouble_id::state_damaged,
            service.doing.empty() ? "does not run: see the log" : service.doing);
    // resting: its last cycle failed, and the next one is still to come.
    else if (service.phase == service_phase::resting && ended_badly(service))
        add(true, last_id, why_it_ended(*service.last));
    // waiting: for a long time, after a failure or for a limit of Qualys.
    else if (service.phase == service_phase::waiting && service.until && *service.until - all.now > long_wait)
        add(false,
            service.failing ? last_id : trouble_id::rate_limit,
            service.doing + ", until " + clock(*service.until, all.now));
    // At work, but the last try of something failed: that says more than that nothing comes from the next one yet.
    else if (service.failing && error != nullptr)
        add(false, error->id, error->text + how_long_it_fails(service.spell, all));
    // pulling: nothing has moved for a minute, and neither an output nor the disk is the reason.
    else if (stands_still(service, all) && !follows_from_another(service, all))
        add(false, trouble_id::standstill, service.doing.empty() ? "nothing moves" : service.doing);
    else if (ended_badly(service))
        add(false, last_id, why_it_ended(*service.last));
}

/// What is wrong with one service: how it is doing, and what is wrong besides, such as its checkpoint and its
/// quarantine.
void add_troubles(
    const service_report& service, const std::string& name, const collector_report& all, std::vector<trouble>& found
)
{
    const trouble blank{false, name, {}, "service " + service.input + ' ' + service.service, {}};
    add_state_trouble(service, blank, all, found);
    const auto add = [&blank, &found](bool bad, trouble_id id, std::string text)
    {
        found.push_back(blank);
        found.back().bad = bad;
        found.back().text = std::move(text);
        found.back().id = id;
    };
    // What is wrong besides, whatever the service is doing.
    if (!service.save_failure.empty())
        add(true, trouble_id::checkpoint_unsaved, "its checkpoint cannot be saved: " + service.save_failure);
    if (!service.quarantined.empty())
        add(false,
            trouble_id::quarantine,
            plural(service.quarantined.size(), service.quarantined.front().kind) +
                (service.quarantined.front().kind == "row" ? " cannot be read, and is stepped over"
                                                           : " cannot be fetched"));
    // Windows of time end by this clock, so a wrong one loses data or asks for it twice.
    const auto skew = service.clock_skew_seconds.value_or(0);
    if (std::abs(skew) > service.clock_tolerance_seconds)
        add(false,
            trouble_id::clock,
            fmt::format(
                "this machine's clock is {} {} that of Qualys",
                span(std::chrono::duration<double>(std::abs(skew))),
                skew > 0 ? "ahead of" : "behind"
            ));
}

/// A certificate that has expired or soon will.
void add_troubles(const certificate_report& report, utc_time now, std::vector<trouble>& found)
{
    const auto left = report.expires - now;
    const auto part = "certificate " + report.output + ' ' + report.file;
    if (left <= 0s)
        found.push_back({true, report.file, "has expired", part, trouble_id::certificate});
    else if (left < certificate_warning)
        found.push_back(
            {left < certificate_alarm,
             report.file,
             "ends in " + plural(static_cast<std::uint64_t>(left / 24h), "day"),
             part,
             trouble_id::certificate}
        );
}

/// At work on what has been there for long: a first run, or after an outage.
bool is_behind(const service_report& service, utc_time now)
{
    const bool works = service.phase == service_phase::pulling || service.phase == service_phase::waiting;
    return works && !(service.watermark && now - *service.watermark < far_behind);
}

/// "2 need attention: host_list, out". A part with several troubles is one.
std::string needy(const std::vector<trouble>& found)
{
    constexpr std::size_t a_line = 3;
    std::set<std::string_view> parts;
    std::string names;
    for (const auto& one : found)
        if (parts.insert(one.part).second)
            names += (names.empty() ? ": " : ", ") + one.who;
    const auto* const verb = parts.size() == 1 ? "needs" : "need";
    return fmt::format("{} {} attention{}", parts.size(), verb, parts.size() > a_line ? "" : names);
}

/// "host_list and vm_scans", or how many there are.
std::string listed(const std::vector<std::string>& names)
{
    if (names.size() == 1)
        return names.front();
    return names.size() == 2 ? names[0] + " and " + names[1] : fmt::format("{} services", names.size());
}

/// Without any trouble: what is behind and moves catches up, what is behind and waits says so.
headline progress(const collector_report& all)
{
    // Nothing was answered yet since the start: neither is known to be well.
    const auto unanswered = [](const service_report& one) { return one.requests.empty(); };
    const auto at_work = [](const service_report& one) { return one.phase == service_phase::pulling; };
    if (std::ranges::all_of(all.services, unanswered) && std::ranges::any_of(all.services, at_work))
        return {"calm", "Starting: Qualys has not answered yet"};
    std::vector<std::string> moving;
    std::vector<std::string> waiting;
    for (const auto& one : all.services)
        if (is_behind(one, all.now))
            (one.phase == service_phase::pulling ? moving : waiting).push_back(name_of(one, all));
    const auto verb = [](const std::vector<std::string>& names) { return names.size() == 1 ? "is" : "are"; };
    if (!moving.empty())
        return {"calm", fmt::format("All is well; {} {} catching up", listed(moving), verb(moving))};
    if (!waiting.empty())
        return {"calm", fmt::format("All is well; {} {} waiting", listed(waiting), verb(waiting))};
    const auto count = all.services.size();
    if (count == 1)
        return {"good", "The service is up to date"};
    return {"good", fmt::format("{} services are up to date", count == 2 ? "Both" : fmt::format("All {}", count))};
}

}  // namespace

bool one_input(const collector_report& all)
{
    return std::ranges::all_of(
        all.services, [&all](const service_report& one) { return one.input == all.services.front().input; }
    );
}

std::string name_of(const service_report& one, const collector_report& all)
{
    return one_input(all) ? one.service : one.input + ' ' + one.service;
}

bool cannot_connect(const output_report& report, utc_time now)
{
    return !report.connected && has_failed(report, now);
}

bool confirms_nothing(const output_report& report, utc_time now)
{
    return report.connected && has_failed(report, now);
}

std::vector<trouble> troubles_of(const collector_report& all)
{
    // Services first, then outputs, certificates and the reload; the bad ones come to the front at the end.
    std::vector<trouble> found;
    for (const auto& one : all.services)
        add_troubles(one, name_of(one, all), all, found);
    for (const auto& one : all.outputs)
        if (has_failed(one, all.now))
            // A single connection that was lost, with the next one there already, is a warning.
            found.push_back(
                {!one.connected || one.spell.failures > 1,
                 one.output,
                 one.last_errors.front().text,
                 "output " + one.output,
                 one.last_errors.front().id}
            );
    // An output that fails is reported already; otherwise one that takes nothing may hold up several services.
    if (const auto* const idle = any_has_failed(all) ? nullptr : idle_output(all))
        found.push_back(
            {false,
             idle->output,
             "for a minute it has taken and confirmed nothing that several services wait for",
             "output " + idle->output,
             trouble_id::standstill}
        );
    for (const auto& one : all.outputs)
        if (!one.certificate_fault.empty())
            found.push_back(
                {false,
                 one.output,
                 "its changed certificate files are not used: " + one.certificate_fault,
                 "output " + one.output,
                 trouble_id::certificate}
            );
    for (const auto& one : all.certificates)
        add_troubles(one, all.now, found);
    if (!all.reload_failure.empty())
        found.push_back(
            {false,
             "reload",
             "refused, the old configuration goes on: " + all.reload_failure,
             "reload",
             trouble_id::reload_refused}
        );
    std::ranges::stable_sort(found, std::greater(), &trouble::bad);
    return found;
}

std::string_view level_of(const trouble& one)
{
    return one.bad ? "bad" : "warn";
}

headline headline_of(const collector_report& all, const std::vector<trouble>& found)
{
    if (all.stopping)
        return {"calm", "Stopping"};
    if (!found.empty())
        return {level_of(found.front()), needy(found)};
    if (!all.ready)
        return {"calm", "Starting"};
    return progress(all);
}

}  // namespace qdc::status
