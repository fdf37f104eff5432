#pragma once

#include "services/service.hpp"

namespace qdc::services
{

/// vm_scans: one event per finding of a scan that has ended; each scan is fetched once. A call for the list, then one
/// for the results of each scan. (User guide, VM scan list and fetch.)
std::unique_ptr<service> make_vm_scans(service_options options, devo::event_style style);

}  // namespace qdc::services
