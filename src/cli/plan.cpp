#include "cli/plan.hpp"

#include "app/input_store.hpp"
#include "app/run_to_end.hpp"
#include "app/service_list.hpp"
#include "app/startup.hpp"
#include "cli/plan_text.hpp"
#include "cli/status_client.hpp"
#include "net/system_clock.hpp"
#include "qualys/api_versions.hpp"
#include "state/generations.hpp"
#include "store/environment.hpp"

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace qdc::cli
{

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace
{

/// Asks the status endpoint for the quotas; what went wrong is noted in `found.why_not`.
asio::awaitable<void> ask_instance(settings::status_endpoint endpoint, instance& found)
{
    const auto time = net::make_system_clock();
    const auto body = co_await fetch_status(endpoint, "/status", 1s, *time);
    if (!body)
    {
        found.why_not = "no running instance answers at " + found.url + " (" + body.error().message() + ')';
        co_return;
    }
    found.report = status::read_reported_calls(*body);
    if (!found.report)
        found.why_not = "what answers at " + found.url + " is no qualys-devo-collector";
}

/// The running instance, if there is one: only it knows what is left of the quotas.
instance find_instance(const settings::status_endpoint& endpoint)
{
    instance found{status_url(endpoint), why_no_status(endpoint), std::nullopt};
    if (!found.why_not.empty())
        return found;
    asio::io_context io(1);
    app::run_to_end(io, ask_instance(endpoint, found));
    return found;
}

/// As collect/puller does when it starts.
void take_up_state(const settings::collector& settings, services::service& service, planned& to)
{
    if (settings.state == settings::persistence::memory)
    {
        to.problem = "checkpoints are kept in memory: a running instance may be further";
        return;
    }
    // A damaged newest generation is a problem, but the one before may still be usable; no usable one stops the
    // service.
    const auto found = state::find(settings.state_directory, {to.input->name, to.input->id, to.service->name});
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

/// Empty tables in place of those that are not there or that `run` would set aside, which the service begins again then.
app::table_map
lost_tables(const settings::collector& settings, const settings::input& input, const settings::service& service)
{
    app::table_map tables;
    if (settings.state == settings::persistence::memory)
        return tables;
    const auto folder = app::store_folder(settings.state_directory, input.name, input.id);
    for (const auto& name : app::tables_of(service, input))
    {
        const auto found = store::look_into(folder, name, "");
        // A folder that may not be read says nothing about what is in it.
        if (!found && found.error() != boost::system::errc::permission_denied)
            tables.emplace(name, store::make_memory_table());
    }
    return tables;
}

/// What the running instance knows of an endpoint's quota; nullptr: nothing.
const quota_report* quota_of(const instance& running, const std::string& input, const qualys::endpoint& endpoint)
{
    if (running.report)
        for (const auto& one : running.report->quotas)
            if (one.input == input && one.endpoint == qualys::name(endpoint))
                return &one;
    return nullptr;
}

/// What the running instance's last cycle of that service took; nothing: none has ended, or it is not known.
std::optional<status::reported_cycle>
last_cycle_of(const instance& running, const std::string& input, const std::string& service)
{
    if (running.report)
        for (const auto& one : running.report->cycles)
            if (one.input == input && one.service == service && one.ended != utc_time())
                return one;
    return std::nullopt;
}

/// Makes the service as `run` would, starts a cycle of it, and looks at its first call. Nothing is sent.
planned plan_of(
    const settings::collector& settings,
    const settings::input& input,
    const settings::service& service,
    const instance& running,
    utc_time now
)
{
    planned made;
    made.input = &input;
    made.service = &service;
    const auto trial = app::make_service(
        service, input, settings.hostname, std::nullopt, nullptr, lost_tables(settings, input, service)
    );
    made.has_pages = trial->records_per_page() != 0;
    made.last = last_cycle_of(running, input.name, service.name);
    // The checkpoint decides where the next cycle begins.
    take_up_state(settings, *trial, made);
    if (!made.usable)
        return made;
    made.watermark = trial->watermark();
    trial->begin_cycle(now);
    // The first call is made and dropped; window and position are those that it asks for.
    if (const auto first = trial->next())
        made.call = first->call();
    made.window = trial->window();
    made.position = trial->position();
    made.quarantined = trial->in_quarantine();
    if (!made.call)
        return made;
    // How that call would go out, and what is left of its quota.
    made.version = qualys::api_versions(input.api_versions).of(made.call->which);
    made.path = qualys::path(made.call->which, made.version);
    if (const auto* const quota = quota_of(running, input.name, made.call->which))
        made.quota = *quota;
    return made;
}

/// Every service of every input, sorted by name.
std::vector<planned> plan_all(const settings::collector& settings, const instance& running, utc_time now)
{
    std::vector<planned> all;
    for (const auto& input : settings.inputs)
        for (const auto& service : input.services)
            all.push_back(plan_of(settings, input, service, running, now));
    std::ranges::stable_sort(
        all, {}, [](const planned& one) { return std::tie(one.service->name, one.input->name, one.input->id); }
    );
    return all;
}

}  // namespace

exit_status plan(const plan_options& options)
{
    const app::verb_session with(options);
    if (!with.read.value)
        return exit_status::misconfigured;
    const auto& settings = *with.read.value;
    const auto running = find_instance(settings.status);
    const auto now = std::chrono::system_clock::now();
    const auto all = plan_all(settings, running, now);
    std::cout << (options.json ? plan_json(all, running, now) : plan_text(all, running));
    return exit_status::done;
}

}  // namespace qdc::cli
