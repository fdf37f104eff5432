#pragma once

#include "sandbox/rng.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace qdc::sandbox
{

/// A block of text in the manner of Qualys' RESULTS, out of which every result is cut. Holds what trips careless
/// readers: tabs, both kinds of line breaks, `]]>`, entities that are only text, quotes, backslashes, markup,
/// letters of two, three and four bytes. Legal XML characters only.
class text_pool
{
public:
    /// Holds at least `longest_bytes`, so that one slice can be that long.
    text_pool(std::uint64_t seed, std::uint64_t longest_bytes);

    /// About `length` bytes from a place that `at` picks; begins and ends between characters. Lives as long as
    /// the pool.
    [[nodiscard]] std::string_view slice(dice& at, std::uint64_t length) const;

private:
    std::string text_;
};

}  // namespace qdc::sandbox
