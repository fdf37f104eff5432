#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace qdc::logging
{

/// `text` so that it stays on its line and shows what it holds: control characters, line and paragraph separators and
/// changes of the writing direction become \n, \r, \t, \x1b or \u202e; a byte that is not UTF-8 becomes \xff. A server's
/// answer can so neither forge a line nor steer a terminal.
std::string on_one_line(std::string_view text);

/// `text` with U+FFFD for each byte that is not part of well-formed UTF-8 (RFC 3629).
std::string valid_utf8(std::string_view text);

/// The first `limit_bytes` or a little less, so that no character is cut, and how much is left out.
std::string shortened(std::string_view text, std::size_t limit_bytes);

}  // namespace qdc::logging
