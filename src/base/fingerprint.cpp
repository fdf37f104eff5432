#include "base/fingerprint.hpp"

#include <xxhash.h>

namespace qdc
{

std::uint64_t fingerprint(std::string_view text, std::uint64_t chained)
{
    return XXH3_64bits_withSeed(text.data(), text.size(), chained);
}

}  // namespace qdc
