#pragma once

#include "sandbox/view.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace qdc::sandbox
{

/// What a call is for; the names are those that faults use.
enum class endpoint
{
    unknown,
    detections,
    hosts,
    scan_list,
    scan_fetch,
    activity,
    knowledge_base,
    about,
};

std::string_view name_of(endpoint what);

/// An error that Qualys tells as SIMPLE_RETURN (Qualys API guide, appendix "Error codes").
struct parameter_error
{
    unsigned code;
    std::string text;
};

/// Refuses what Qualys refuses: 1901 unknown names, 1903 missing ones, 1905 bad values.
std::optional<parameter_error> check_parameters(endpoint what, const parameter_map& given, bool refuse_username);

}  // namespace qdc::sandbox
