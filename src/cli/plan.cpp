#include "cli/plan.hpp"

#include "app/run_to_end.hpp"
#include "app/service_list.hpp"
#include "app/startup.hpp"
#include "cli/plan_text.hpp"
#include "cli/status_client.hpp"
#include "net/system_clock.hpp"
#include "qualys/api_versions.hpp"
#include "state/generations.hpp"

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

asio::awaitable<void> ask_instance(settings::status_endpoint at, instance& of)
{
    const auto time = net::make_system_clock();
    const auto body = co_await fetch_status(at, "/status", 1s, *time);
    if (!body)
    {
        of.why_not = "no running instance answers at " + of.url + " (" + body.error().message() + ')';
        co_return;
    }
    of.told = status::read_quotas(*body);
    if (!of.told)
        of.why_not = "what answers at " + of.url + " is no qualys-devo-collector";
}

instance find_instance(const settings::status_endpoint& at)
{
    instance found{status_url(at), why_no_status(at), std::nullopt};
    if (!found.why_not.empty())
        return found;
    asio::io_context io(1);
    app::run_to_end(io, ask_instance(at, found));
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

const quota_report* quota_of(const instance& running, const std::string& input, const qualys::endpoint& which)
{
    if (running.told)
        for (const auto& one : running.told->quotas)
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
    planned made;
    made.of = &of;
    made.what = &what;
    const auto service = app::make_service(what, of, from.hostname, std::nullopt);
    made.has_pages = service->records_per_page() != 0;
    take_up_state(from, *service, made);
    if (!made.usable)
        return made;
    made.watermark = service->watermark();
    service->begin_cycle(now);
    if (const auto first = service->next())
        made.call = first->call();
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

}  // namespace

exit_status plan(const plan_options& options)
{
    const app::verb_session with(options);
    if (!with.read.value)
        return exit_status::misconfigured;
    const auto& from = *with.read.value;
    const auto running = find_instance(from.status);
    const auto now = std::chrono::system_clock::now();
    const auto all = plan_all(from, running, now);
    std::cout << (options.json ? plan_json(all, running, now) : plan_text(all, running));
    return exit_status::done;
}

}  // namespace qdc::cli
