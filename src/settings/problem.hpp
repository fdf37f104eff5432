#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace qdc::settings
{

/// A configuration with an error is not used, one with a warning is.
enum class severity
{
    warning,
    error,
};

/// One thing wrong with the configuration.
struct problem
{
    settings::severity severity{severity::error};
    std::string file;
    std::size_t line{0};  ///< from 1; 0: no line, as for a missing key of the root
    std::string key;      ///< "inputs.qualys.services.host_list.start_time_utc"
    std::string what;
    std::string fix;
};

/// One line for people: severity, file, line, key, what is wrong, the fix. Without a line break, whatever the file
/// holds.
std::string describe(const problem& problem);

/// A JSON array of objects with the members severity ("warning" or "error"), file, line, key, problem and fix; the
/// output of `validate --json`. Empty input: "[]".
std::string problems_json(const std::vector<problem>& problems);

}  // namespace qdc::settings
