#pragma once

#include <string_view>

namespace qdc
{

/// The commit that this program was built from, "0123456789ab" or "0123456789ab-dirty" with changes on top; "unknown"
/// without Git.
extern const std::string_view build_commit;

}  // namespace qdc
