#pragma once

#include "services/service_kind.hpp"

#include <span>
#include <string>
#include <string_view>

namespace qdc::services
{

/// All services there are. The configuration, doctor, plan, help and completions go by this list.
std::span<const service_kind* const> catalogue();

/// The kind of that name, or nullptr.
const service_kind* find_kind(std::string_view name);

/// "vm_scans, host_list, …, user_activity or knowledge_base", for messages; with another last word for another join.
std::string service_names(std::string_view last = " or ");

}  // namespace qdc::services
