#pragma once

#include "services/service_kind.hpp"

#include <span>

namespace qdc::services
{

/// Parameters and keys that several services have. (Qualys API guide 10.39, "VM Scan List", "Host List", "Host List
/// Detection" and "Activity Log".)

/// What the collector sets in every list call.
std::span<const filter> list_parameters();

/// What both host services take: which hosts, and what is shown of them.
std::span<const filter> host_parameters();

/// Of services whose answers come page by page.
inline constexpr key page_size_key{"page_size", value_form::whole, "1000", 1, 1'000'000};

/// Of services that list hosts.
inline constexpr key full_refresh_key{"full_refresh_period_in_seconds", value_form::whole, {}, 1, 365.0 * 24 * 3600};

/// Takes the value of full_refresh_key.
void read_full_refresh(service_options& options);

}  // namespace qdc::services
