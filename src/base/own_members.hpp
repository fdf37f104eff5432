#pragma once

#include <string_view>

namespace qdc
{

/// Whether the collector itself writes a member of that name into the root of its events. What comes from a source under
/// such a name is dropped there and counted: who sends us data cannot pose as us.
constexpr bool is_own_member(std::string_view name)
{
    return name.starts_with("@devo_") || name == "@change" || name == "@was" || name == "scan_reference" ||
           name == "KNOWLEDGE_BASE";
}

}  // namespace qdc
