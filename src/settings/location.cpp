#include "settings/location.hpp"

#include "settings/files.hpp"

#include <cstdlib>
#include <vector>

namespace qdc::settings
{
namespace fs = std::filesystem;

namespace
{

constexpr const char* standard_job = "/etc/devo/job/job_config.json";
constexpr const char* standard_collector = "/etc/devo/collector/collector_config.json";
constexpr const char* standard_config = "/etc/qualys-devo-collector/config.yaml";

/// Whether it exists and is no directory.
bool is_there(const fs::path& file)
{
    std::error_code ignored;
    return fs::exists(file, ignored) && !fs::is_directory(file, ignored);
}

/// The first of `places` that exists, else the first of them.
candidate choose(const std::vector<fs::path>& places)
{
    std::error_code ignored;
    for (const auto& place : places)
        if (is_there(place))
            return {fs::absolute(place, ignored).lexically_normal(), false, true};
    return {fs::absolute(places.front(), ignored).lexically_normal(), false, false};
}

/// The official collector looks for a relative name in config/ only; the working directory comes first here, because
/// that is what a shell completes.
std::vector<fs::path> places_of(const fs::path& named, const fs::path& base)
{
    if (named.is_absolute())
        return {named};
    return {named, base / "config" / named};
}

/// --config, else $CONFIG_FILE or config.yaml in config/, else the file of a package.
candidate find_config(const location& location, const fs::path& base)
{
    if (!location.config.empty())
        return choose(places_of(location.config, base));
    const char* variable = std::getenv("CONFIG_FILE");
    const fs::path name = variable != nullptr && *variable != '\0' ? variable : "config.yaml";
    auto config = choose({base / "config" / name, standard_config});
    config.standard = true;
    return config;
}

/// One file of the pair that a Collector Server writes: as named, or at its usual place.
candidate find_half(const fs::path& named, const char* standard, const fs::path& base)
{
    if (!named.empty())
        return choose(places_of(named, base));
    return {standard, true, is_there(standard)};
}

/// Reports a file that somebody named, or that is needed, and why it cannot be read.
void report_missing(const fs::path& file, const std::string& fix, findings& out)
{
    const auto fault = why_unreadable(file);
    out.error(
        {std::make_shared<const std::string>(file.string()), 0}, {}, fault.empty() ? "cannot be read" : fault, fix
    );
}

/// The folder above config/, as in the official layout.
fs::path directory_of(const location& location, const candidate& config)
{
    std::error_code ignored;
    if (!location.directory.empty())
        return fs::absolute(location.directory, ignored).lexically_normal();
    const auto folder = config.path.parent_path();
    if (config.exists && folder.filename() == "config")
        return folder.parent_path();
    return fs::current_path(ignored);
}

}  // namespace

found find_files(const location& location, findings& out)
{
    std::error_code ignored;
    const auto base = location.directory.empty() ? fs::current_path(ignored) : location.directory;
    found result;
    auto& files = result.files;
    // All three are looked up, because the start-up lines report all three.
    files.config = find_config(location, base);
    files.job_config = find_half(location.job_config, standard_job, base);
    files.collector_config = find_half(location.collector_config, standard_collector, base);
    files.pair = files.job_config.exists && files.collector_config.exists;

    // Who names one file of the pair wants the pair; otherwise config.yaml counts.
    const bool named = !location.job_config.empty() || !location.collector_config.empty();
    result.directory = directory_of(location, files.pair || named ? files.job_config : files.config);
    // Usable, or a report of what is missing.
    if (files.pair)
        result.usable = true;
    else if (named)
    {
        const std::string fix =
            "--job_config_loc and --collector_config_loc are used together: name two files that exist";
        if (!files.job_config.exists)
            report_missing(files.job_config.path, fix, out);
        if (!files.collector_config.exists)
            report_missing(files.collector_config.path, fix, out);
    }
    else if (!files.config.exists)
        report_missing(
            files.config.path,
            location.config.empty() ? std::string("name the configuration with --config, or write ") + standard_config
                                    : "check the path after --config",
            out
        );
    else
        result.usable = true;
    return result;
}

}  // namespace qdc::settings
