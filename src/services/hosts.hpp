#pragma once

#include "services/service.hpp"

namespace qdc::services
{

/// host_list_detection: one event per detection. (User guide, host list detection.)
std::unique_ptr<service> make_host_list_detection(service_options options, devo::event_style style);

/// host_list: one event per host. (User guide, host list.)
std::unique_ptr<service> make_host_list(service_options options, devo::event_style style);

}  // namespace qdc::services
