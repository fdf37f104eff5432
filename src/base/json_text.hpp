#pragma once

#include <string>
#include <string_view>

namespace qdc
{

/// Appends `text` as the inside of a JSON string: quotes, backslashes and control characters escaped (RFC 8259,
/// section 7), everything else as it is. `text` must be valid UTF-8; decode/scrubber.hpp makes it so.
void append_json_escaped(std::string& out, std::string_view text);

/// Appends `text` as a JSON string, quotes included.
void append_json_string(std::string& out, std::string_view text);

}  // namespace qdc
