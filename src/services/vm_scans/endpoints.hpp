#pragma once

#include "qualys/endpoint.hpp"

#include <array>

namespace qdc::services::endpoints
{

inline constexpr std::array scan_list_versions{
    qualys::api_version{"3.0", {}}, qualys::api_version{"2.0", std::chrono::year(2026) / 12}};

/// VM scan list. (User guide of July 2026, pages 44, 48.)
inline constexpr qualys::endpoint scan_list{"scan_list", "scan/", "list", scan_list_versions, "SCAN_LIST_OUTPUT"};

inline constexpr std::array scan_fetch_versions{qualys::api_version{"2.0", {}}};

/// VM scan results: JSON. (User guide of July 2026, pages 51, 56.)
inline constexpr qualys::endpoint scan_fetch{"scan_fetch", "scan/", "fetch", scan_fetch_versions, {}};

}  // namespace qdc::services::endpoints
