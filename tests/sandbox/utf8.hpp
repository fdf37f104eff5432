#pragma once

#include <cstddef>
#include <string_view>

namespace qdc::sandbox
{

/// What stands at the beginning of a text.
struct utf8_piece
{
    std::size_t size;  ///< bytes, at least 1
    bool legal;        ///< a character that XML 1.0 (section 2.2) allows
};

/// The first character of `text`, or the first maximal ill-formed subsequence: the longest beginning of a character
/// that is never finished, else one byte (Unicode 15, section 3.9, "substitution of maximal subparts"). `text` is
/// not empty.
utf8_piece next_piece(std::string_view text);

}  // namespace qdc::sandbox
