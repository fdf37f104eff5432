#pragma once

#include "qualys/endpoint.hpp"

#include <array>

namespace qdc::services::endpoints
{

/// Newest first; with the month in which Qualys ends a version, if it has announced that.
inline constexpr std::array host_list_versions{
    qualys::api_version{"5.0", {}},
    qualys::api_version{"4.0", std::chrono::year(2026) / 12},
    qualys::api_version{"3.0", std::chrono::year(2026) / 12},
    qualys::api_version{"2.0", std::chrono::year(2026) / 12}};

/// Host list. (User guide of July 2026, page 1011 and its table of versions.)
inline constexpr qualys::endpoint host_list{"host_list", "asset/host/", "list", host_list_versions, "HOST_LIST_OUTPUT"};

}  // namespace qdc::services::endpoints
