#pragma once

#include <string>
#include <string_view>

namespace qdc
{

/// Appends `text` with everything but unreserved characters percent-encoded. (RFC 3986, section 2.1.)
void append_percent_encoded(std::string& out, std::string_view text);

/// The reverse, for values of a query: "+" is read as a blank. A percent sign without two digits behind it stays as it
/// is.
std::string percent_decoded(std::string_view text);

}  // namespace qdc
