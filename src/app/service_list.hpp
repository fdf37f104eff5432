#pragma once

#include "services/service.hpp"
#include "settings/settings.hpp"

#include <memory>
#include <optional>
#include <string>

namespace qdc::app
{

/// Makes a configured service. `until` ends its window early, for `pull`.
std::unique_ptr<services::service> make_service(
    const settings::service& what, const settings::input& of, const std::string& host, std::optional<utc_time> until
);

}  // namespace qdc::app
