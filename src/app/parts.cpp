#include "app/parts.hpp"

#include "app/outputs.hpp"
#include "app/service_list.hpp"
#include "base/basic_authorization.hpp"
#include "collect/watched_source.hpp"
#include "net/https_stream.hpp"
#include "net/proxy.hpp"
#include "net/tls_context.hpp"
#include "qualys/endpoint.hpp"
#include "services/catalogue.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace qdc::app
{
namespace
{

explained<output_part> make_output_part(const settings::output& wanted, const surroundings& around)
{
    output_part made;
    made.name = wanted.name;
    made.statistics_period = wanted.statistics_period;
    made.box = std::make_unique<outbox>(around.ex, around.time, wanted.replay_buffer_bytes);
    auto& report = around.reports.output(wanted.name);
    auto out = make_output(wanted, {around.ex, around.time, around.out, around.jitter, *made.box, report});
    if (!out)
        return out.error();
    made.out = std::move(out->out);
    made.certificates = std::make_unique<output_certificates>(wanted, std::move(out->tls));
    return made;
}

/// How the official collector calls the part that pulls this service, in its log: "QualysScansPuller".
std::string puller_name(const settings::service& what)
{
    const auto* const kind = services::find_kind(what.name);
    return std::string(kind != nullptr ? kind->puller : what.name);
}

/// The official collector's lines about the set-up of a service. The last one follows when the login is proven.
collect::setup_lines
begin_setup(const settings::service& what, const settings::input& of, const settings::collector& in, log& out)
{
    const std::string setup =
        "QualysPullerSetup(" + in.name + ',' + of.name + '#' + of.id + ',' + what.name + "#predefined)";
    log_origin(out, "InputProcess::MainThread").info(setup + " -> Starting thread");
    const log_origin origin(out, "InputProcess::" + setup, {{"input", of.name}, {"service", what.name}});
    origin.warning(trouble_id::setup_pending, "The token/header/authentication has not been created yet");
    origin.info("Finished building connector.");
    return {origin, puller_name(what)};
}

explained<puller_part> make_puller(
    const settings::service& what,
    const settings::input& of,
    const settings::collector& in,
    const part_options& options,
    const surroundings& around,
    collect::subscription& shared,
    const std::shared_ptr<services::enrichment>& wanted,
    sink& out
)
{
    auto sources = make_sources(of, true, static_cast<std::size_t>(of.lanes.value_or(collect::most_lanes)));
    if (!sources)
        return {boost::system::in_place_error, sources.error()};
    const std::string place = '(' + of.name + ',' + of.id + ',' + what.name + ",predefined)";
    const std::string name = puller_name(what) + place;
    log_origin origin(around.out, "InputProcess::" + name, {{"input", of.name}, {"service", what.name}});

    collect::puller_options pulling;
    pulling.setup = begin_setup(what, of, in, around.out);
    pulling.key = {of.name, of.id, what.name};
    pulling.authorization = basic_authorization(of.login.username, of.login.password);
    pulling.name = name;
    pulling.period = what.period;
    pulling.receipts = {in.hostname, in.receipts_tag};
    for (const auto& limit : what.limits)
        pulling.limits.push_back(std::make_shared<collect::sliding_limit>(limit.period, limit.calls));
    pulling.give_up_after = options.give_up_after;
    pulling.settle_delay = what.settle_delay;
    pulling.lanes = of.lanes;
    auto& report = around.reports.service(of.name, what.name);
    for (auto& source : *sources)
        source = collect::watch(std::move(source), report, around.time);
    report.clock_tolerance_seconds = std::chrono::duration<double>(what.settle_delay).count();
    const auto masking = make_obfuscator(what);

    // Its own table is saved with its checkpoints; one of another service is only looked into.
    input_store* store = nullptr;
    value_store* own = nullptr;
    table_map tables;
    for (const auto& table_name : tables_of(what, of))
    {
        store = &around.stores.of(of.name, of.id);
        const auto table = store->table(table_name);
        if (table_name == what.name)
            own = table.get();
        tables.emplace(table_name, table);
    }
    collect::puller_parts made{
        make_service(what, of, in.hostname, std::nullopt, masking, std::move(tables), wanted),
        std::move(sources->front()),
        out,
        around.store,
        shared,
        report,
        around.time,
        origin,
        around.jitter,
        own,
        {std::make_move_iterator(std::next(sources->begin())), std::make_move_iterator(sources->end())}};
    return puller_part{
        of.name + '/' + what.name,
        &report,
        std::make_unique<collect::puller>(around.ex, std::move(made), std::move(pulling)),
        obfuscation_report(masking, report),
        what.start_time,
        store};
}

std::unique_ptr<collect::subscription> make_subscription(const settings::input& of)
{
    collect::call_limits configured;
    for (const auto& limit : of.limits)
        configured.push_back(std::make_shared<collect::sliding_limit>(limit.period, limit.calls));
    return std::make_unique<collect::subscription>(
        of.name, of.quota_share, qualys::api_versions(of.api_versions), std::move(configured)
    );
}

bool is_wanted(const settings::service& what, const part_options& options)
{
    return options.services.empty() || std::ranges::find(options.services, what.name) != options.services.end();
}

}  // namespace

sink& parts::out() const
{
    return *all_outputs;
}

explained<std::unique_ptr<http_stream>> make_source(const settings::input& of, bool accept_gzip)
{
    auto made = make_sources(of, accept_gzip, 1);
    if (!made)
        return made.error();
    return std::move(made->front());
}

explained<std::vector<std::unique_ptr<http_stream>>>
make_sources(const settings::input& of, bool accept_gzip, std::size_t count)
{
    auto context = make_input_context(of);
    if (!context)
        return {boost::system::in_place_error, "input " + of.name + ": " + context.error()};
    std::string unusable;
    net::https_options options;
    options.tls = std::move(*context);
    options.to = {of.host, of.port};
    options.via = net::choose_proxy(of.proxy.reveal(), net::proxy_environment::read(), options.to, unusable);
    if (!unusable.empty())
        return {boost::system::in_place_error, "input " + of.name + ": proxy: " + unusable};
    options.connect_timeout = of.connect_timeout;
    options.first_byte_timeout = of.first_byte_timeout;
    options.idle_timeout = of.idle_timeout;
    options.user_agent = "qualys-devo-collector/" QDC_VERSION;
    options.accept_gzip = accept_gzip;
    std::vector<std::unique_ptr<http_stream>> made;
    while (made.size() < count)
        made.push_back(net::make_https_stream(options));
    return made;
}

explained<std::shared_ptr<net::tls_context>> make_input_context(const settings::input& wanted)
{
    std::string unusable;
    net::tls_options trust;
    trust.ca_file = wanted.ca_file;
    auto context = net::tls_context::make(trust, unusable);
    if (context == nullptr)
        return unusable;
    return context;
}

explained<parts> make_parts(const settings::collector& from, const part_options& options, const surroundings& around)
{
    parts made;
    std::vector<sink*> boxes;
    for (const auto& of : from.outputs)
    {
        auto output = make_output_part(of, around);
        if (!output)
            return output.error();
        boxes.push_back(output->box.get());
        made.outputs.push_back(std::move(*output));
    }
    made.all_outputs = std::make_unique<fan_out>(around.ex, std::move(boxes));

    for (const auto& of : from.inputs)
    {
        made.subscriptions.push_back(make_subscription(of));
        auto& shared = *made.subscriptions.back();
        const auto wanted = make_enrichment(of);
        for (const auto& what : of.services)
        {
            if (!is_wanted(what, options))
                continue;
            auto puller = make_puller(what, of, from, options, around, shared, wanted, made.out());
            if (!puller)
                return puller.error();
            made.pullers.push_back(std::move(*puller));
        }
    }
    return made;
}

}  // namespace qdc::app
