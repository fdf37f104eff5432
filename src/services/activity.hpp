#pragma once

#include "services/service.hpp"

namespace qdc::services
{

/// user_activity: one event per row of the user activity log. (User guide, "User Activity Log Export".)
std::unique_ptr<service> make_user_activity(service_options options, devo::event_style style);

}  // namespace qdc::services
