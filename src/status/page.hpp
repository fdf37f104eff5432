#pragma once

#include <string_view>

namespace qdc::status
{

/// src/status/page.html, as embed.py puts it into the program.
extern const std::string_view page_html;

/// Its Content-Security-Policy: nothing but its own script and style, known by their hashes, and /status.
extern const std::string_view page_policy;

}  // namespace qdc::status
