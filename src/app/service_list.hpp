#pragma once

#include "base/keyed_values.hpp"
#include "services/service.hpp"
#include "settings/settings.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace qdc::devo
{
class obfuscator;
}

namespace qdc::app
{

/// The obfuscation of a service, its rules compiled once; nullptr: it has none.
std::shared_ptr<devo::obfuscator> make_obfuscator(const settings::service& service);

/// The names of the tables that a service has to have, as it is configured.
std::vector<std::string> tables_of(const settings::service& service, const settings::input& input);

/// Tables by name.
using table_map = std::map<std::string, std::shared_ptr<keyed_values>, std::less<>>;

/// Makes a configured service, with tables that are forgotten when it goes. `until` ends its window early, for `pull`.
std::unique_ptr<services::service> make_service(
    const settings::service& service,
    const settings::input& input,
    const std::string& host,
    std::optional<utc_time> until
);

/// The same with an obfuscation that the caller keeps an eye on, and with those tables.
std::unique_ptr<services::service> make_service(
    const settings::service& service,
    const settings::input& input,
    const std::string& host,
    std::optional<utc_time> until,
    std::shared_ptr<devo::obfuscator> masking,
    table_map tables = {},
    std::shared_ptr<services::enrichment> wanted = nullptr
);

/// What the detections of an input want of its KnowledgeBase; nullptr: nothing. One for all services of the input.
std::shared_ptr<services::enrichment> make_enrichment(const settings::input& input);

}  // namespace qdc::app
