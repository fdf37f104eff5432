#pragma once

#include "settings/document.hpp"
#include "settings/findings.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace qdc::settings
{

/// The scalar's text after tidy(), with a warning for what was dropped.
std::string tidied_text(const node& scalar, const std::string& path, findings& out);

/// A value for a message: in back-ticks, one line, a login in it masked, cut where it grows long or where another
/// `key: value` begins in it. A quote or bracket that is never closed makes one value of half the file, secrets included.
std::string shown(std::string_view value);

/// The same without back-ticks; `longest` in bytes.
std::string excerpt(std::string_view value, std::size_t longest = 60);

/// "filters" under "inputs.qualys": "inputs.qualys.filters".
std::string join_path(const std::string& path, std::string_view key);

/// "a map", "a list" … for messages.
std::string_view kind_name(const node& value);

/// A value as the official collector's log would show it: True, None, {'a': 1}. What a secret may hide behind is masked.
std::string official_spelling(std::string_view key, const node& value);

}  // namespace qdc::settings
