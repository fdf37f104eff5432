#pragma once

#include <cstdint>
#include <string_view>

namespace qdc
{

/// 64 bits of `text`, chained to an earlier fingerprint. Equal texts have equal ones; two different texts share one with
/// a chance of about 2^-64. Stable over versions and machines: checkpoints keep them.
std::uint64_t fingerprint(std::string_view text, std::uint64_t chained = 0);

}  // namespace qdc
