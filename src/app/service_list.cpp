#include "app/service_list.hpp"

#include "devo/obfuscation.hpp"
#include "services/activity.hpp"
#include "services/hosts.hpp"
#include "services/scans.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>
#include <vector>

namespace qdc::app
{
namespace
{

using factory = std::unique_ptr<services::service> (*)(services::service_options, devo::event_style);

struct entry
{
    std::string_view name;
    std::string_view puller;
    factory make;
};

constexpr std::array entries{
    entry{"vm_scans", "QualysScansPuller", services::make_vm_scans},
    entry{"host_list", "QualysHostListPuller", services::make_host_list},
    entry{"host_list_detection", "QualysHostListDetectionPuller", services::make_host_list_detection},
    entry{"user_activity", "QualysUserActivityPuller", services::make_user_activity},
};

const entry* find(std::string_view name)
{
    for (const auto& one : entries)
        if (one.name == name)
            return &one;
    return nullptr;
}

/// Obfuscation as configured; empty when there is none. The rules are compiled once.
devo::event_filter make_filter(const std::vector<settings::obfuscation_rule>& configured)
{
    if (configured.empty())
        return {};
    std::vector<devo::obfuscation_rule> rules;
    for (const auto& rule : configured)
        rules.push_back({rule.path, rule.replacement, rule.patterns});
    const auto masking = std::make_shared<devo::obfuscator>(std::move(rules));
    const auto counts = std::make_shared<devo::obfuscation_counters>();
    return [masking, counts](std::string_view event) { return masking->apply(event, *counts); };
}

}  // namespace

bool is_service(std::string_view name)
{
    return find(name) != nullptr;
}

std::string service_names()
{
    std::string names;
    for (const auto& one : entries)
        names += (names.empty() ? "" : ", ") + std::string(one.name);
    return names;
}

std::string_view puller_name(std::string_view service)
{
    const auto* const found = find(service);
    return found != nullptr ? found->puller : service;
}

std::unique_ptr<services::service> make_service(
    const settings::service& what, const settings::input& of, const std::string& host, std::optional<utc_time> until
)
{
    const auto* const found = find(what.name);
    if (found == nullptr)
        throw std::invalid_argument("there is no service " + what.name);

    services::service_options options;
    options.filters = {what.filters.begin(), what.filters.end()};
    if (what.start_time)
        options.start_time = std::max(*what.start_time, utc_time());  // there is no Qualys data before 1970
    options.page_size = what.page_size;
    options.settle_delay = what.settle_delay;
    options.overlap = what.overlap;
    options.full_refresh = what.full_refresh;
    options.launch_window = what.launch_window;
    options.until = until;
    if (what.exclude_own_activity)
        options.own_user = of.login.username;
    return found->make(std::move(options), {host, what.tag, of.environment, make_filter(what.obfuscation)});
}

}  // namespace qdc::app
