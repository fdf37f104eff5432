#include "app/plan.hpp"

#include "app/masking_log.hpp"
#include "app/service_list.hpp"
#include "app/startup.hpp"
#include "app/status_client.hpp"
#include "net/peer.hpp"
#include "net/system_clock.hpp"
#include "qualys/api_versions.hpp"
#include "state/generations.hpp"
#include "status/log_scrub.hpp"
#include "status/report_reader.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <iostream>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace qdc::app
{

namespace asio = boost::asio;
namespace json = boost::json;
using namespace std::chrono_literals;

namespace
{

/// The running instance, as its status endpoint tells of it.
struct instance
{
    std::string url;
    std::string why_not;  ///< without a report
    std::optional<status::told_report> told;
};

/// What the next cycle of one service begins with.
struct planned
{
    const settings::input* of;
    const settings::service* what;
    std::uint64_t generation{0};  ///< of the checkpoint; 0: there is none
    std::string saved_at;
    std::string problem;  ///< not empty: of the checkpoint
    bool usable{true};    ///< the service can begin
    services::time_window window;
    std::optional<qualys::call> call;
    std::string version;
    std::string path;
    std::string position;
    std::optional<utc_time> watermark;
    std::vector<services::quarantined> quarantined;
    std::optional<quota_report> quota;
};

asio::awaitable<void> ask_instance(settings::status_endpoint at, instance& of)
{
    const auto time = net::make_system_clock();
    const auto body = co_await fetch_status(at, "/status", 1s, *time);
    if (!body)
    {
        of.why_not = "no running instance answers at " + of.url + " (" + body.error().message() + ')';
        co_return;
    }
    of.told = status::read_report(*body);
    if (!of.told)
        of.why_not = "what answers at " + of.url + " is no qualys-devo-collector";
}

instance find_instance(const settings::status_endpoint& at)
{
    instance found{status_url(at), why_no_status(at), std::nullopt};
    if (!found.why_not.empty())
        return found;
    asio::io_context io(1);
    std::exception_ptr failure;
    asio::co_spawn(io, ask_instance(at, found), [&failure](std::exception_ptr thrown) { failure = std::move(thrown); });
    io.run();
    if (failure)
        std::rethrow_exception(failure);
    return found;
}

/// As collect/puller does when it starts.
void take_up_state(const settings::collector& from, services::service& service, planned& to)
{
    if (from.state == settings::persistence::memory)
    {
        to.problem = "checkpoints are kept in memory: a running instance may be further";
        return;
    }
    const auto found = state::find(from.state_directory, {to.of->name, to.of->id, to.what->name});
    to.problem = found.problem;
    if (found.error)
    {
        to.usable = false;
        to.problem += (to.problem.empty() ? "" : ": ") + found.error.message();
    }
    if (!found.value)
        return;
    to.generation = found.value->number;
    to.saved_at = found.value->saved_at;
    if (service.restore(found.value->text))
        return;
    to.usable = false;
    to.problem = "the checkpoint is none of this service's";
}

const quota_report* quota_of(const instance& running, const std::string& input, qualys::endpoint which)
{
    if (running.told)
        for (const auto& one : running.told->report.quotas)
            if (one.input == input && one.endpoint == qualys::name(which))
                return &one;
    return nullptr;
}

planned plan_of(
    const settings::collector& from,
    const settings::input& of,
    const settings::service& what,
    const instance& running,
    utc_time now
)
{
    planned made{&of, &what, 0, {}, {}, true, {}, {}, {}, {}, {}, {}, {}, {}};
    const auto service = make_service(what, of, from.hostname, std::nullopt);
    take_up_state(from, *service, made);
    if (!made.usable)
        return made;
    made.watermark = service->watermark();
    service->begin_cycle(now);
    made.call = service->next_call();
    made.window = service->window();
    made.position = service->position();
    made.quarantined = service->in_quarantine();
    if (!made.call)
        return made;
    made.version = qualys::api_versions(of.api_versions).of(made.call->which);
    made.path = qualys::path(made.call->which, made.version);
    if (const auto* const quota = quota_of(running, of.name, made.call->which))
        made.quota = *quota;
    return made;
}

std::vector<planned> plan_all(const settings::collector& from, const instance& running, utc_time now)
{
    std::vector<planned> all;
    for (const auto& of : from.inputs)
        for (const auto& what : of.services)
            all.push_back(plan_of(from, of, what, running, now));
    std::ranges::stable_sort(
        all, {}, [](const planned& one) { return std::tie(one.what->name, one.of->name, one.of->id); }
    );
    return all;
}

/// One call in each period, and one more for each host in quarantine. More when a window has more than one page.
double least_calls_an_hour(const planned& of)
{
    const auto calls = 1 + of.quarantined.size();
    return 3600.0 * static_cast<double>(calls) / static_cast<double>(of.what->period.count());
}

bool has_pages(const planned& of)
{
    return of.what->name != "vm_scans";
}

/// What the cycle asks for after its first call; how often only the answers tell.
std::string then_of(const planned& of)
{
    if (!has_pages(of))
        return "a scan_fetch for each finished scan of that list which is not delivered yet";
    std::string text =
        "a further page of " + std::to_string(of.what->page_size) + " while Qualys says that more follow";
    if (!of.quarantined.empty())
        text += fmt::format("; and a call for each host in quarantine, alone: {}", of.quarantined.size());
    return text;
}

std::string url_of(const planned& of)
{
    return "https://" + net::peer{of.of->host, of.of->port}.text() + of.path;
}

std::string moment(std::optional<utc_time> at, std::string_view otherwise)
{
    return at ? utc_seconds(*at) : std::string(otherwise);
}

std::string state_text(const planned& of)
{
    if (of.generation == 0)
        return of.usable ? "none: it begins anew" : "cannot be used: it would not start";
    return fmt::format(
        "generation {}, saved at {}; data up to {} is delivered",
        of.generation,
        of.saved_at,
        moment(of.watermark, "no known time")
    );
}

std::string quota_text(const planned& of, const instance& running)
{
    if (!running.told)
        return "not known: " + running.why_not;
    if (!of.quota || !of.quota->limit || !of.quota->remaining)
        return "not known: the running instance has not heard of it yet";
    const auto& quota = *of.quota;
    auto text = fmt::format("{} of {} calls left", *quota.remaining, *quota.limit);
    if (quota.window_seconds)
        text += fmt::format(" in {} s", *quota.window_seconds);
    text += fmt::format(" of {}; quota_share is {}", quota.endpoint, of.of->quota_share);
    if (quota.blocked_until && *quota.blocked_until > running.told->report.now)
        text += fmt::format("; refused until {}", utc_seconds(*quota.blocked_until));
    return text;
}

/// One line of the account, its columns below each other.
void add_line(std::string& out, std::string_view name, std::string_view text)
{
    out += fmt::format("  {:<12}{}\n", name, status::on_one_line(text));
}

std::string text_of(const planned& of, const instance& running)
{
    auto out = fmt::format(
        "{} of {} ({}): every {} s, at least {:.0f} calls an hour\n",
        of.what->name,
        status::on_one_line(of.of->name),
        status::on_one_line(of.of->id),
        of.what->period.count(),
        least_calls_an_hour(of)
    );
    add_line(out, "state", state_text(of));
    if (!of.problem.empty())
        add_line(out, "problem", of.problem);
    if (of.usable)
        add_line(
            out,
            "window",
            moment(of.window.from, "the beginning") + " to " + moment(of.window.until, "now, without end")
        );
    if (of.call)
    {
        add_line(out, "position", of.position);
        add_line(out, "first call", "POST " + url_of(of));
        for (const auto& [name, value] : of.call->form)
            add_line(out, "", name + " = " + value);
        add_line(out, "version", of.version + " of " + std::string(qualys::name(of.call->which)));
        add_line(out, "then", then_of(of));
    }
    if (has_pages(of))
        add_line(out, "page size", std::to_string(of.what->page_size));
    for (const auto& host : of.quarantined)
        add_line(out, "quarantine", fmt::format("host {} since {}: {}", host.id, utc_seconds(host.since), host.reason));
    add_line(out, "quota", quota_text(of, running));
    return out;
}

json::value json_of(std::optional<utc_time> at)
{
    return at ? json::value(utc_seconds(*at)) : json::value();
}

template <class Number>
json::value json_of(const std::optional<Number>& number)
{
    return number ? json::value(*number) : json::value();
}

json::string json_text(std::string_view text)
{
    return json::string(status::on_one_line(text));
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

json::value call_json(const planned& of)
{
    if (!of.call)
        return nullptr;
    json::object form;
    for (const auto& [name, value] : of.call->form)
        form[json_text(name)] = json_text(value);
    json::object out;
    out["method"] = "POST";
    out["url"] = url_of(of);
    out["endpoint"] = qualys::name(of.call->which);
    out["version"] = of.version;
    out["parameters"] = std::move(form);
    out["then"] = then_of(of);
    return out;
}

json::object json_of(const planned& of)
{
    json::array quarantined;
    for (const auto& host : of.quarantined)
    {
        json::object one;
        one["id"] = host.id;
        one["since"] = utc_seconds(host.since);
        one["reason"] = json_text(host.reason);
        quarantined.push_back(std::move(one));
    }
    json::object window;
    window["from"] = json_of(of.window.from);
    window["until"] = json_of(of.window.until);
    json::object out;
    out["service"] = of.what->name;
    out["input"] = json_text(of.of->name);
    out["id"] = json_text(of.of->id);
    out["period_seconds"] = of.what->period.count();
    out["least_calls_per_hour"] = least_calls_an_hour(of);
    out["page_size"] = has_pages(of) ? json::value(of.what->page_size) : json::value();
    out["generation"] = of.generation;
    out["saved_at"] = of.saved_at.empty() ? json::value() : json::value(json_text(of.saved_at));
    out["usable"] = of.usable;
    out["problem"] = json_text(of.problem);
    out["watermark"] = json_of(of.watermark);
    out["window"] = of.usable ? json::value(std::move(window)) : json::value();
    out["position"] = json_text(of.position);
    out["first_call"] = call_json(of);
    out["quarantined"] = std::move(quarantined);
    out["quota"] = json_of(of.quota);
    out["quota_share"] = of.of->quota_share;
    return out;
}

std::string json_text_of(const std::vector<planned>& all, const instance& running, utc_time now)
{
    json::object of_instance;
    of_instance["url"] = running.url;
    of_instance["answers"] = running.told.has_value();
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

}  // namespace

exit_status plan(const command_line& line)
{
    const auto raw_log = make_program_log(line);
    masking_log log(*raw_log);
    const auto read = load_settings(line, log);
    if (!read.value)
        return exit_status::misconfigured;
    const auto running = find_instance(read.value->status);
    const auto now = std::chrono::system_clock::now();
    const auto all = plan_all(*read.value, running, now);
    if (line.json)
    {
        std::cout << json_text_of(all, running, now);
        return exit_status::done;
    }
    for (const auto& one : all)
        std::cout << (&one == &all.front() ? "" : "\n") << text_of(one, running);
    return exit_status::done;
}

}  // namespace qdc::app
