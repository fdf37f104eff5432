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

#include <fmt/format.h>

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
    // The outbox keeps what is not confirmed; its size is the replay buffer of the configuration.
    made.box = std::make_unique<outbox>(around.ex, around.time, wanted.replay_buffer_bytes);
    // The report is in the book, so the counters go on over a reload.
    auto& report = around.reports.output(wanted.name);
    auto out = make_output(wanted, {around.ex, around.time, around.out, around.jitter, *made.box, report});
    if (!out)
        return out.error();
    made.out = std::move(out->out);
    // Keeps an eye on when the output's certificates expire.
    made.certificates = std::make_unique<output_certificates>(wanted, std::move(out->tls));
    return made;
}

/// How the official collector calls the part that pulls this service, in its log: "QualysScansPuller".
std::string puller_name(const settings::service& service)
{
    const auto* const kind = services::find_kind(service.name);
    return std::string(kind != nullptr ? kind->puller : service.name);
}

/// The official collector's lines about the set-up of a service. The last one follows when the login is proven.
collect::setup_lines begin_setup(
    const settings::service& service, const settings::input& input, const settings::collector& settings, log& out
)
{
    const std::string setup =
        "QualysPullerSetup(" + settings.name + ',' + input.name + '#' + input.id + ',' + service.name + "#predefined)";
    log_origin(out, "InputProcess::MainThread").info(setup + " -> Starting thread");
    const log_origin origin(out, "InputProcess::" + setup, {{"input", input.name}, {"service", service.name}});
    origin.warning(trouble_id::setup_pending, "The token/header/authentication has not been created yet");
    origin.info("Finished building connector.");
    return {origin, puller_name(service)};
}

explained<puller_part> make_puller(
    const settings::service& service,
    const settings::input& input,
    const settings::collector& settings,
    const part_options& options,
    const surroundings& around,
    collect::subscription& shared,
    const std::shared_ptr<services::enrichment>& wanted,
    sink& out
)
{
    const auto make_own_source = make_source_maker(input, true);
    if (!make_own_source)
        return {boost::system::in_place_error, make_own_source.error()};
    // The name is the official collector's, so that filters on its log lines go on working.
    const std::string place = '(' + input.name + ',' + input.id + ',' + service.name + ",predefined)";
    const std::string name = puller_name(service) + place;
    log_origin origin(around.out, "InputProcess::" + name, {{"input", input.name}, {"service", service.name}});

    // What the configuration says about this service.
    collect::puller_options pulling;
    pulling.setup = begin_setup(service, input, settings, around.out);
    pulling.key = {input.name, input.id, service.name};
    pulling.authorization = basic_authorization(input.login.username, input.login.password);
    pulling.name = name;
    pulling.period = service.period;
    pulling.receipts = {settings.hostname, settings.receipts_tag};
    for (const auto& limit : service.limits)
        pulling.limits.push_back(std::make_shared<collect::sliding_limit>(limit.period, limit.calls));
    pulling.give_up_after = options.give_up_after;
    pulling.settle_delay = service.settle_delay;
    pulling.lanes = input.lanes;
    // A source for each lane that there may be. What a call waits for is seen from outside, by a source around each one.
    auto& report = around.reports.service(input.name, service.name);
    std::vector<std::unique_ptr<http_stream>> sources;
    while (sources.size() < collect::lanes_for(input.lanes))
        sources.push_back(collect::watch(*make_own_source, report, around.time));
    report.clock_tolerance_seconds = std::chrono::duration<double>(service.settle_delay).count();
    // One obfuscator for the service and for the report about its rules.
    const auto masking = make_obfuscator(service);

    // Its own table is saved with its checkpoints; one of another service is only looked into.
    input_store* store = nullptr;
    value_store* own = nullptr;
    table_map tables;
    for (const auto& table_name : tables_of(service, input))
    {
        store = &around.stores.of(input.name, input.id);
        const auto table = store->table(table_name);
        if (table_name == service.name)
            own = table.get();
        tables.emplace(table_name, table);
    }
    // What the puller owns (service, sources), and what it shares with others.
    collect::puller_parts made{
        make_service(service, input, settings.hostname, std::nullopt, masking, std::move(tables), wanted),
        std::move(sources.front()),
        out,
        around.store,
        shared,
        report,
        around.time,
        origin,
        around.jitter,
        own,
        {std::make_move_iterator(std::next(sources.begin())), std::make_move_iterator(sources.end())}};
    return puller_part{
        input.name + '/' + service.name,
        &report,
        std::make_unique<collect::puller>(around.ex, std::move(made), std::move(pulling)),
        obfuscation_report(masking, report),
        service.start_time,
        store};
}

std::unique_ptr<collect::subscription> make_subscription(const settings::input& input)
{
    // One set of limits, and one quota, for all services of the input: Qualys counts them together.
    collect::call_limits configured;
    for (const auto& limit : input.limits)
        configured.push_back(std::make_shared<collect::sliding_limit>(limit.period, limit.calls));
    return std::make_unique<collect::subscription>(
        input.name, input.quota_share, qualys::api_versions(input.api_versions), std::move(configured)
    );
}

bool is_wanted(const settings::service& service, const part_options& options)
{
    return options.services.empty() || std::ranges::find(options.services, service.name) != options.services.end();
}

}  // namespace

std::string unconfigured(const std::vector<std::string>& services, const settings::collector& settings)
{
    std::vector<std::string> missing;
    for (const auto& name : services)
    {
        const bool configured = std::ranges::any_of(
            settings.inputs,
            [&name](const auto& input)
            { return std::ranges::find(input.services, name, &settings::service::name) != input.services.end(); }
        );
        if (!configured && std::ranges::find(missing, name) == missing.end())
            missing.push_back(name);
    }
    return fmt::format("{}", fmt::join(missing, ", "));
}

sink& parts::out() const
{
    return *all_outputs;
}

explained<std::unique_ptr<http_stream>> make_source(const settings::input& input, bool accept_gzip)
{
    const auto make = make_source_maker(input, accept_gzip);
    if (!make)
        return make.error();
    return (*make)();
}

explained<source_maker> make_source_maker(const settings::input& input, bool accept_gzip)
{
    // One trust for all of them, so that each can go on with the TLS session of another.
    auto context = make_input_context(input);
    if (!context)
        return {boost::system::in_place_error, "input " + input.name + ": " + context.error()};
    net::https_options options;
    options.tls = std::move(*context);
    options.to = {input.host, input.port};
    // The way there: straight, by the input's proxy, or by that of the environment.
    auto via = net::choose_proxy(input.proxy.reveal(), net::proxy_environment::read(), options.to);
    if (!via)
        return {boost::system::in_place_error, "input " + input.name + ": proxy: " + via.error()};
    options.via = std::move(*via);
    options.connect_timeout = input.connect_timeout;
    options.first_byte_timeout = input.first_byte_timeout;
    options.idle_timeout = input.idle_timeout;
    options.user_agent = "qualys-devo-collector/" QDC_VERSION;
    options.accept_gzip = accept_gzip;
    // By pointer: a copy for each source would be most of what an idle one takes.
    return source_maker([shared = std::make_shared<const net::https_options>(std::move(options))]
                        { return net::make_https_stream(*shared); });
}

explained<std::shared_ptr<net::tls_context>> make_input_context(const settings::input& wanted)
{
    net::tls_options trust;
    trust.ca_file = wanted.ca_file;
    return net::tls_context::make(trust);
}

explained<parts>
make_parts(const settings::collector& settings, const part_options& options, const surroundings& around)
{
    parts made;
    std::vector<sink*> boxes;
    // Outputs first: every puller gets the one sink that stands for all of them.
    for (const auto& configured : settings.outputs)
    {
        auto output = make_output_part(configured, around);
        if (!output)
            return output.error();
        boxes.push_back(output->box.get());
        made.outputs.push_back(std::move(*output));
    }
    // A batch goes to each output, and is confirmed when all of them have it.
    made.all_outputs = std::make_unique<fan_out>(around.ex, std::move(boxes));

    // For each input one subscription, and a puller for each of its services.
    for (const auto& input : settings.inputs)
    {
        made.subscriptions.push_back(make_subscription(input));
        auto& shared = *made.subscriptions.back();
        // What detections want of the KnowledgeBase is agreed among the services of an input.
        const auto wanted = make_enrichment(input);
        for (const auto& service : input.services)
        {
            if (!is_wanted(service, options))
                continue;
            auto puller = make_puller(service, input, settings, options, around, shared, wanted, made.out());
            if (!puller)
                return puller.error();
            made.pullers.push_back(std::move(*puller));
        }
    }
    return made;
}

}  // namespace qdc::app
