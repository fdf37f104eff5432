#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace qdc::state
{

/// The arguments of a pickle's opcodes. Nothing means: malformed, or beyond 64 bits.

/// A number in two's complement of any length, the lowest byte first; no byte at all is 0.
std::optional<std::int64_t> pickle_long(std::string_view bytes);

/// Python's raw-unicode-escape as UTF-8: bytes are Latin-1, and \uXXXX and \UXXXXXXXX stand for what is beyond it.
std::optional<std::string> pickle_raw_unicode(std::string_view text);

/// Whether `text` is UTF-8 as JSON may hold it. Python's pickle lets lone surrogates pass; these are not.
bool is_pickle_utf8(std::string_view text);

}  // namespace qdc::state
