#pragma once

#include <string>

namespace qdc::cli
{

/// Version, compiler and libraries, one a line, or as a JSON object in one line.
std::string version_text(bool json);

}  // namespace qdc::cli
