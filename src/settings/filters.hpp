#pragma once

#include "services/service_kind.hpp"
#include "settings/document.hpp"
#include "settings/findings.hpp"

#include <map>
#include <string>
#include <string_view>

namespace qdc::settings
{

/// Reads the `filters` map of a service: parameters of its Qualys endpoint, as the request will carry them. Lists are
/// joined by commas, true and false become 1 and 0, states get Qualys' spelling. What the endpoint does not take, what
/// the collector sets itself and values that Qualys would refuse are reported and left out.
///
/// Which parameters there are, the service itself says: services/service_kind.hpp.
std::map<std::string, std::string>
read_filters(const node& filters, const services::service_kind& kind, const std::string& path, findings& out);

/// Reads the `extra_parameters` map of a service: names that `filters` does not know, with values that nobody checks.
std::map<std::string, std::string>
read_extra_parameters(const node& given, const services::service_kind& kind, const std::string& path, findings& out);

/// A filter that the official collector's page names, for whichever service.
bool is_official_filter(std::string_view name);

}  // namespace qdc::settings
