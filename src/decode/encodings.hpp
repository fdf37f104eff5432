#pragma once

#include <array>
#include <string_view>

namespace qdc::decode
{

/// Whether a declared encoding is UTF-8 under any of its common names: "UTF-8", "utf8", "UTF_8".
bool names_utf8(std::string_view encoding);

/// What each byte means in an encoding of one byte a character: windows-1252, ISO-8859-1, ISO-8859-15 and US-ASCII under
/// their common names. Nothing: it is none of these. A byte without a meaning is U+FFFD.
const std::array<int, 256>* single_byte_encoding(std::string_view encoding);

}  // namespace qdc::decode
