#include "app/service_list.hpp"

#include "base/words.hpp"
#include "devo/obfuscation.hpp"
#include "services/catalogue.hpp"
#include "services/knowledge_base/enrichment.hpp"
#include "store/environment.hpp"

#include <algorithm>
#include <random>
#include <stdexcept>
#include <utility>
#include <vector>

namespace qdc::app
{
namespace
{

devo::event_filter make_filter(std::shared_ptr<devo::obfuscator> masking)
{
    if (masking == nullptr)
        return {};
    // The filter keeps the obfuscator alive.
    return [masking = std::move(masking)](std::string_view event) { return masking->apply(event); };
}

/// The seed of the fingerprints by which known events are recognised: whoever writes what is scanned must not foresee
/// them.
std::uint64_t random_seed()
{
    std::random_device source;
    return (std::uint64_t{source()} << 32) | source();
}

services::service_options options_of(const settings::service& service, const settings::input& input)
{
    services::service_options options;
    // What the user configured, as it is.
    options.filters = {service.filters.begin(), service.filters.end()};
    if (service.start_time)
        options.start_time = std::max(*service.start_time, utc_time());  // there is no Qualys data before 1970
    options.page_size = service.page_size;
    options.settle_delay = service.settle_delay;
    options.overlap = service.overlap;
    // Of the program's own: the seed counts only until a state brings one.
    options.seed = random_seed();
    options.account = input.login.username;
    options.keys = {service.keys.begin(), service.keys.end()};
    // "@was" has no rule of its own: what a rule changes in a detection does not stand there in the clear.
    std::string masked;
    for (const auto& rule : service.obfuscation)
        if (rule.path.size() > 1 && (rule.path.front() == "DETECTION" || rule.path.front() == "*"))
            masked += (masked.empty() ? "" : ",") + rule.path[1];
    if (!masked.empty())
        options.keys["changes.masked"] = masked;
    options.extra = services::extra_parameters({service.extra_parameters.begin(), service.extra_parameters.end()});
    return options;
}

std::vector<std::string> tables_of(const services::service_kind& kind, const services::service_options& options)
{
    // Most services remember nothing beyond their checkpoint.
    if (kind.tables == nullptr)
        return {};
    const auto names = kind.tables(options);
    return {names.begin(), names.end()};
}

}  // namespace

std::vector<std::string> tables_of(const settings::service& service, const settings::input& input)
{
    const auto* const kind = services::find_kind(service.name);
    return kind != nullptr ? tables_of(*kind, options_of(service, input)) : std::vector<std::string>();
}

std::shared_ptr<devo::obfuscator> make_obfuscator(const settings::service& service)
{
    if (service.obfuscation.empty())
        return nullptr;
    std::vector<devo::obfuscation_rule> rules;
    for (const auto& rule : service.obfuscation)
        rules.push_back({rule.path, rule.replacement, rule.patterns});
    return std::make_shared<devo::obfuscator>(std::move(rules));
}

std::unique_ptr<services::service> make_service(
    const settings::service& service,
    const settings::input& input,
    const std::string& host,
    std::optional<utc_time> until
)
{
    return make_service(service, input, host, until, make_obfuscator(service));
}

std::unique_ptr<services::service> make_service(
    const settings::service& service,
    const settings::input& input,
    const std::string& host,
    std::optional<utc_time> until,
    std::shared_ptr<devo::obfuscator> masking,
    table_map tables,
    std::shared_ptr<services::enrichment> wanted
)
{
    const auto* const kind = services::find_kind(service.name);
    if (kind == nullptr)
        throw std::invalid_argument("there is no service " + service.name);

    auto options = options_of(service, input);
    options.until = until;
    options.tables = std::move(tables);
    options.wanted = wanted != nullptr ? std::move(wanted) : make_enrichment(input);
    // For a table that the caller did not bring a blank one stands in.
    for (const auto& name : tables_of(*kind, options))
        if (auto& table = options.tables[name]; table == nullptr)
            table = store::make_blank_table();
    return kind->make(std::move(options), {host, service.tag, input.environment, make_filter(std::move(masking))});
}

std::shared_ptr<services::enrichment> make_enrichment(const settings::input& input)
{
    for (const auto& service : input.services)
    {
        const auto names = service.keys.find("enrich");
        if (names == service.keys.end())
            continue;
        auto wanted = std::make_shared<services::enrichment>();
        for (const auto name : words(names->second))
            wanted->members.emplace_back(name);
        return wanted;
    }
    return nullptr;
}

}  // namespace qdc::app
