#pragma once

#include "qualys/endpoint.hpp"

#include <array>

namespace qdc::services::endpoints
{

inline constexpr std::array user_activity_versions{qualys::api_version{"2.0", {}}};

/// Activity log: CSV. (User guide of July 2026, activity log export.)
inline constexpr qualys::endpoint user_activity{"user_activity", "activity_log/", "list", user_activity_versions, {}};

}  // namespace qdc::services::endpoints
