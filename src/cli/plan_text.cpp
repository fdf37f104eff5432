#include "cli/plan_text.hpp"

#include "base/count_of.hpp"
#include "collect/subscription.hpp"
#include "logging/scrub.hpp"
#include "net/peer.hpp"
#include "services/catalogue.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include <chrono>
#include <string_view>
#include <utility>

namespace qdc::cli
{

namespace json = boost::json;

namespace
{

/// One call in each period, and one more for each host in quarantine. More when a window has more than one page.
double least_calls_an_hour(const planned& plan)
{
    const auto calls = 1 + plan.quarantined.size();
    return 3600.0 * static_cast<double>(calls) / static_cast<double>(plan.service->period.count());
}

/// How many calls of the service may be under way at once; nothing: as many as our share of the quota allows.
std::optional<int> lanes_of(const planned& plan)
{
    const auto* const kind = services::find_kind(plan.service->name);
    return kind != nullptr && kind->one_at_once ? 1 : plan.input->lanes;
}

/// What the cycle asks for after its first call; how often only the answers show.
std::string then_of(const planned& plan)
{
    // A service may describe its further calls itself; the others have pages.
    const auto* const kind = services::find_kind(plan.service->name);
    if (kind != nullptr && !kind->then.empty())
        return std::string(kind->then);
    std::string text =
        "a further page of " + std::to_string(plan.service->page_size) + " while Qualys says that more follow";
    if (lanes_of(plan) != 1)
        text += "; with a second page a list of ids, if more than one call may run at once";
    if (!plan.quarantined.empty())
        text += fmt::format("; and a call for each host in quarantine, alone: {}", plan.quarantined.size());
    return text;
}

/// The address of the first call.
std::string url_of(const planned& plan)
{
    return "https://" + net::peer{plan.input->host, plan.input->port}.text() + plan.path;
}

/// The time, or other words where there is none.
std::string moment(std::optional<utc_time> time, std::string_view otherwise)
{
    return time ? utc_seconds(*time) : std::string(otherwise);
}

/// The checkpoint in words.
std::string state_text(const planned& plan)
{
    if (!plan.usable)
        return "cannot be used: it would not start";
    if (plan.generation == 0)
        return "none: it begins anew";
    return fmt::format(
        "generation {}, saved at {}; data up to {} is delivered",
        plan.generation,
        plan.saved_at,
        moment(plan.watermark, "no known time")
    );
}

/// What is left of the quota, or why that is not known.
std::string quota_text(const planned& plan, const instance& running)
{
    if (!running.report)
        return "not known: " + running.why_not;
    if (!plan.quota || !plan.quota->limit || !plan.quota->remaining)
        return "not known: the running instance has not heard of it yet";
    // The figures are those of the last answer that the running instance has had.
    const auto& quota = *plan.quota;
    auto text = fmt::format("{} of {} calls left", *quota.remaining, *quota.limit);
    if (quota.window_seconds)
        text += fmt::format(" in {} s", *quota.window_seconds);
    text += fmt::format(" of {}; quota_share is {}", quota.endpoint, plan.input->quota_share);
    if (quota.blocked_until && *quota.blocked_until > running.report->now)
        text += fmt::format("; refused until {}", utc_seconds(*quota.blocked_until));
    return text;
}

/// How much the last cycle took. The next one is about as long, but for the first pull of everything.
double seconds_of(const status::reported_cycle& cycle)
{
    return std::chrono::duration<double>(cycle.ended - cycle.started).count();
}

/// What the next cycle is likely to take.
std::string expected_text(const planned& plan, const instance& running)
{
    if (!running.report)
        return "not known: " + running.why_not;
    if (!plan.last)
        return "not known: no cycle of the running instance has ended yet";
    return fmt::format(
        "as the last cycle: {} in {:.1f} s", count_of(plan.last->requests, "call"), seconds_of(*plan.last)
    );
}

/// The same in words.
std::string lanes_text(const planned& plan)
{
    const auto wanted = lanes_of(plan);
    if (wanted == 1)
        return "1 call at once";
    auto text = wanted ? std::to_string(*wanted) + " calls at once at most"
                       : std::string("as many calls at once as quota_share leaves us, at most ") +
                             std::to_string(collect::most_lanes);
    if (plan.quota && plan.quota->concurrency_limit)
        return text + fmt::format("; Qualys allows {} of {}", *plan.quota->concurrency_limit, plan.quota->endpoint);
    return text + "; one until Qualys tells its limit";
}

/// One line of the account, its columns below each other.
void add_line(std::string& out, std::string_view name, std::string_view text)
{
    out += fmt::format("  {:<12}{}\n", name, logging::on_one_line(text));
}

/// The paragraph of one service: its schedule, checkpoint, window, first call and limits.
std::string text_of(const planned& plan, const instance& running)
{
    // The heading, then a line for each fact; names from outside come without control characters.
    const auto calls = fmt::format("{:.0f}", least_calls_an_hour(plan));
    auto out = fmt::format(
        "{} of {} ({}): every {} s, at least {} {} an hour\n",
        plan.service->name,
        logging::on_one_line(plan.input->name),
        logging::on_one_line(plan.input->id),
        plan.service->period.count(),
        calls,
        calls == "1" ? "call" : "calls"
    );
    add_line(out, "state", state_text(plan));
    if (!plan.problem.empty())
        add_line(out, "problem", plan.problem);
    if (plan.usable)
        add_line(
            out,
            "window",
            moment(plan.window.from, "the beginning") + " to " + moment(plan.window.until, "now, without end")
        );
    // The first call in full, as it would go out, and what follows on it.
    if (plan.call)
    {
        add_line(out, "position", plan.position);
        add_line(out, "first call", "POST " + url_of(plan));
        for (const auto& [name, value] : plan.call->form)
            add_line(out, "", name + " = " + value);
        add_line(out, "version", plan.version + " of " + std::string(qualys::name(plan.call->which)));
        add_line(out, "then", then_of(plan));
    }
    if (plan.has_pages)
        add_line(out, "page size", std::to_string(plan.service->page_size));
    add_line(out, "lanes", lanes_text(plan));
    add_line(out, "expected", expected_text(plan, running));
    for (const auto& host : plan.quarantined)
        add_line(
            out,
            "quarantine",
            fmt::format("{} {} since {}: {}", host.kind, host.id, utc_seconds(host.since), host.reason)
        );
    add_line(out, "quota", quota_text(plan, running));
    return out;
}

json::value json_of(std::optional<utc_time> time)
{
    return time ? json::value(utc_seconds(*time)) : json::value();
}

template <class Number>
json::value json_of(const std::optional<Number>& number)
{
    return number ? json::value(*number) : json::value();
}

/// Text that came from outside, without control characters.
json::string json_text(std::string_view text)
{
    return json::string(logging::on_one_line(text));
}

json::value json_of(const std::optional<quota_report>& quota)
{
    if (!quota)
        return nullptr;
    json::object out;
    out["endpoint"] = json_text(quota->endpoint);
    out["limit"] = json_of(quota->limit);
    out["remaining"] = json_of(quota->remaining);
    out["window_seconds"] = json_of(quota->window_seconds);
    out["blocked_until"] = json_of(quota->blocked_until);
    return out;
}

/// The first call of the cycle; null: there is none.
json::value call_json(const planned& plan)
{
    if (!plan.call)
        return nullptr;
    json::object form;
    for (const auto& [name, value] : plan.call->form)
        form[json_text(name)] = json_text(value);
    json::object out;
    out["method"] = "POST";
    out["url"] = url_of(plan);
    out["endpoint"] = qualys::name(plan.call->which);
    out["version"] = plan.version;
    out["parameters"] = std::move(form);
    out["then"] = then_of(plan);
    return out;
}

json::object json_of(const planned& plan)
{
    json::array quarantined;
    for (const auto& host : plan.quarantined)
    {
        json::object one;
        one["kind"] = host.kind;
        one["id"] = json_text(host.id);
        one["since"] = utc_seconds(host.since);
        one["reason"] = json_text(host.reason);
        quarantined.push_back(std::move(one));
    }
    // The names are part of the interface of `plan --json`: they stay as they are.
    json::object window;
    window["from"] = json_of(plan.window.from);
    window["until"] = json_of(plan.window.until);
    json::object out;
    out["service"] = plan.service->name;
    out["input"] = json_text(plan.input->name);
    out["id"] = json_text(plan.input->id);
    out["period_seconds"] = plan.service->period.count();
    out["least_calls_per_hour"] = least_calls_an_hour(plan);
    out["page_size"] = plan.has_pages ? json::value(plan.service->page_size) : json::value();
    out["lanes"] = json_of(lanes_of(plan));
    out["expected_calls"] = plan.last ? json::value(plan.last->requests) : json::value();
    out["expected_seconds"] = plan.last ? json::value(seconds_of(*plan.last)) : json::value();
    out["concurrency_limit"] = plan.quota ? json_of(plan.quota->concurrency_limit) : json::value();
    out["generation"] = plan.generation;
    out["saved_at"] = plan.saved_at.empty() ? json::value() : json::value(json_text(plan.saved_at));
    out["usable"] = plan.usable;
    out["problem"] = json_text(plan.problem);
    out["watermark"] = json_of(plan.watermark);
    out["window"] = plan.usable ? json::value(std::move(window)) : json::value();
    out["position"] = json_text(plan.position);
    out["first_call"] = call_json(plan);
    out["quarantined"] = std::move(quarantined);
    out["quota"] = json_of(plan.quota);
    out["quota_share"] = plan.input->quota_share;
    return out;
}

}  // namespace

std::string plan_text(const std::vector<planned>& all, const instance& running)
{
    std::string out;
    for (const auto& one : all)
        out += (out.empty() ? "" : "\n") + text_of(one, running);
    return out;
}

std::string plan_json(const std::vector<planned>& all, const instance& running, utc_time now)
{
    json::object of_instance;
    of_instance["url"] = running.url;
    of_instance["answers"] = running.report.has_value();
    of_instance["why_not"] = json_text(running.why_not);
    json::array services;
    for (const auto& one : all)
        services.push_back(json_of(one));
    json::object out;
    out["now"] = utc_seconds(now);
    out["instance"] = std::move(of_instance);
    out["services"] = std::move(services);
    return json::serialize(out) + '\n';
}

}  // namespace qdc::cli
