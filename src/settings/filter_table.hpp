#pragma once

#include <span>
#include <string_view>

namespace qdc::settings
{

/// Endpoints that take a parameter, as bits.
inline constexpr unsigned scans = 1;       ///< vm_scans: scan list
inline constexpr unsigned hosts = 2;       ///< host_list
inline constexpr unsigned detections = 4;  ///< host_list_detection
inline constexpr unsigned activity = 8;    ///< user_activity
inline constexpr unsigned assets = hosts | detections;

/// What the value of a parameter must look like.
enum class shape
{
    text,
    flag,     ///< 0 or 1
    whole,    ///< not negative
    moment,   ///< 2024-01-10 or 2024-01-10T09:47:08Z
    details,  ///< what a host list shows of each host
    status,   ///< states of detections
    ours,     ///< the collector sets it
};

/// A parameter of a request; one name may stand in several rows, for different endpoints.
struct parameter
{
    std::string_view name;
    unsigned endpoints;
    shape is;
};

/// Every documented parameter of the four endpoints: Qualys API guide 10.39, "VM Scan List", "Host List", "Host List
/// Detection" and "Activity Log".
std::span<const parameter> filter_table();

}  // namespace qdc::settings
