#pragma once

#include "services/service.hpp"
#include "settings/settings.hpp"

#include <memory>
#include <optional>
#include <string>

namespace qdc::devo
{
class obfuscator;
}

namespace qdc::app
{

/// The obfuscation of a service, its rules compiled once; nullptr: it has none.
std::shared_ptr<devo::obfuscator> make_obfuscator(const settings::service& what);

/// Makes a configured service. `until` ends its window early, for `pull`.
std::unique_ptr<services::service> make_service(
    const settings::service& what, const settings::input& of, const std::string& host, std::optional<utc_time> until
);

/// The same with an obfuscation that the caller keeps an eye on.
std::unique_ptr<services::service> make_service(
    const settings::service& what,
    const settings::input& of,
    const std::string& host,
    std::optional<utc_time> until,
    std::shared_ptr<devo::obfuscator> masking
);

}  // namespace qdc::app
