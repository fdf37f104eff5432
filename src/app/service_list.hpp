#pragma once

#include "services/service.hpp"
#include "settings/settings.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace qdc::app
{

/// The services there are. A new one costs a file pair in services/ and a line in service_list.cpp.
bool is_service(std::string_view name);

/// "vm_scans, host_list, …", for messages.
std::string service_names();

/// How the official collector calls the part that pulls this service, in its log: "QualysScansPuller".
std::string_view puller_name(std::string_view service);

/// Makes a configured service. `until` ends its window early, for `pull`.
std::unique_ptr<services::service> make_service(
    const settings::service& what, const settings::input& of, const std::string& host, std::optional<utc_time> until
);

}  // namespace qdc::app
