#pragma once

#include <string>
#include <vector>

namespace qdc::services
{

/// Every documented name in the events of the host services, at whatever depth; DETECTION too, which events have at their
/// root.
std::vector<std::string> host_names();

}  // namespace qdc::services
