#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace qdc
{

/// Appends `text` as the inside of a JSON string: quotes, backslashes and control characters escaped (RFC 8259,
/// section 7), everything else as it is. `text` must be valid UTF-8; decode/scrubber.hpp makes it so.
void append_json_escaped(std::string& out, std::string_view text);

/// How many bytes the value has that the compact JSON `text` begins with; it is not checked. Linear in its bytes.
std::size_t json_value_length(std::string_view text);

/// Appends `text` as a JSON string, quotes included.
void append_json_string(std::string& out, std::string_view text);

/// Room that `bytes` of text may need with all their escapes, for write_json_escaped().
constexpr std::size_t json_escaped_room(std::size_t bytes)
{
    constexpr std::size_t longest_spelling = 6;  // \u00XX
    constexpr std::size_t slack = 16;            // written by blocks: behind the end something may be written too
    return bytes * longest_spelling + slack;
}

/// Like append_json_escaped(), into room of that size; returns the end of what was written.
char* write_json_escaped(std::string_view text, char* to);

}  // namespace qdc
