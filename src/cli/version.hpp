#pragma once

#include <string>

namespace qdc::cli
{

/// What the command line says for `version`.
struct version_options
{
    bool json{false};
};

/// Version, compiler and libraries, one a line, or as a JSON object in one line.
std::string version_text(bool json);

}  // namespace qdc::cli
