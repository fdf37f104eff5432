#pragma once

#include "qualys/endpoint.hpp"

#include <array>

namespace qdc::services::endpoints
{

/// Newest first; with the month in which Qualys ends a version, if it has announced that.
inline constexpr std::array host_list_detection_versions{
    qualys::api_version{"5.0", {}},
    qualys::api_version{"4.0", std::chrono::year(2027) / 6},
    qualys::api_version{"3.0", std::chrono::year(2027) / 6},
    qualys::api_version{"2.0", std::chrono::year(2027) / 6}};

/// Host list detection. (User guide of July 2026, page 1151 and its table of versions.)
inline constexpr qualys::endpoint host_list_detection{
    "host_list_detection",
    "asset/host/vm/detection/",
    "list",
    host_list_detection_versions,
    "HOST_LIST_VM_DETECTION_OUTPUT"};

}  // namespace qdc::services::endpoints
