#pragma once

#include "settings/findings.hpp"
#include "settings/settings.hpp"

#include <filesystem>

namespace qdc::settings
{

/// Which files to read, and the directory that relative names start from.
struct found
{
    sources files;
    std::filesystem::path directory;  ///< absolute
    bool usable{false};               ///< the files that `files` chooses exist
};

/// Looks for the configuration. The pair of a Collector Server wins when both its files exist; a file that somebody
/// named and that is not there is an error, not a reason to read another one.
found find_files(const location& location, findings& out);

}  // namespace qdc::settings
