#include "app/startup.hpp"

#include "app/configuration.hpp"
#include "settings/files.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <utility>

namespace qdc::app
{
namespace
{

std::string quoted(const std::filesystem::path& path)
{
    return '"' + path.string() + '"';
}

const char* python(const settings::candidate& file)
{
    // The official collector is written in Python, and its log has "True" and "False".
    return file.exists && settings::why_unreadable(file.path).empty() ? "True" : "False";
}

const char* python(bool value)
{
    return value ? "True" : "False";
}

std::string named_or_null(const std::filesystem::path& path)
{
    return path.empty() ? "null" : quoted(path);
}

void log_default(const char* name, const settings::candidate& file, const log_origin& log)
{
    if (!file.standard)
        return;
    log.info(fmt::format("Using the default location for \"{}\" file: {}", name, quoted(file.path)));
    std::error_code ignored;
    const auto folder = file.path.parent_path();
    if (!std::filesystem::exists(folder, ignored))
        log.info(fmt::format("{} does not exists", quoted(folder)));  // the official collector's words
}

/// The official collector's account of where it looked.
void log_search(const settings::location& location, const settings::sources& files, const log_origin& log)
{
    // The name of the file that is tried first may come from the environment.
    const char* const variable = std::getenv("CONFIG_FILE");
    const std::filesystem::path standard = variable != nullptr && *variable != '\0' ? variable : "config.yaml";
    log.info(fmt::format(
        "Loading configuration using the following files: {{\"full_config\": {}, \"job_config_loc\": {}, "
        "\"collector_config_loc\": {}}}",
        quoted(location.config.empty() ? standard : location.config),
        named_or_null(location.job_config),
        named_or_null(location.collector_config)
    ));
    log_default("job_config_loc", files.job_config, log);
    log_default("collector_config_loc", files.collector_config, log);
    log.info(fmt::format(
        "Results of validation of config files parameters: {{\"config\": {}, \"config_validated\": {}, "
        "\"job_config_loc\": {}, \"job_config_loc_default\": {}, \"job_config_loc_validated\": {}, "
        "\"collector_config_loc\": {}, \"collector_config_loc_default\": {}, \"collector_config_loc_validated\": {}}}",
        quoted(files.config.path),
        python(files.config),
        quoted(files.job_config.path),
        python(files.job_config.standard),
        python(files.job_config),
        quoted(files.collector_config.path),
        python(files.collector_config.standard),
        python(files.collector_config)
    ));
}

/// A period that the usual quota cannot carry. What the subscription really allows is only known from its answers.
/// (Qualys, "API limits": 300 calls an hour for each endpoint on the Standard level.)
void log_quota(const settings::collector& settings, const log_origin& log)
{
    constexpr double calls_an_hour = 300;
    for (const auto& input : settings.inputs)
    {
        for (const auto& service : input.services)
        {
            // The least it takes: one call in each period.
            const double wanted = 3600.0 / static_cast<double>(service.period.count());
            if (wanted > calls_an_hour * input.quota_share)
                log.warning(
                    trouble_id::quota_small,
                    fmt::format(
                        "inputs.{}.services.{}: a pull every {} s needs at least {:.0f} calls an hour; a Standard "
                        "subscription allows {:.0f} for each endpoint, of which quota_share {} may be used",
                        input.name,
                        service.name,
                        service.period.count(),
                        wanted,
                        calls_an_hour,
                        input.quota_share
                    )
                );
        }
    }
}

}  // namespace

std::unique_ptr<logging::log_output> make_program_log(const program_options& options)
{
    logging::log_options wanted;
    wanted.format = options.format;
    wanted.threshold = options.threshold;
    return logging::make_log(std::move(wanted));
}

settings::outcome load_settings(const program_options& options, logging::masking_log& log, search_lines search)
{
    const log_origin main(log, "MainProcess::MainThread");
    auto read = read_configuration(options.where, std::chrono::system_clock::now());
    // First of all the passwords are hidden: from here on no line of the log can hold one.
    if (read.value)
        for (const auto& input : read.value->inputs)
        {
            log.hide(input.login.username, input.login.password);
            log.hide(input.login.username, input.login.next_password);
        }
    // Then what was looked for, what is wrong, and what the quota makes of the periods.
    if (search == search_lines::official)
        log_search(options.where, read.files, main);
    for (const auto& problem : read.problems)
    {
        if (problem.severity == settings::severity::error)
            main.error(trouble_id::configuration, settings::describe(problem));
        else
            main.warning(trouble_id::configuration, settings::describe(problem));
    }
    if (read.value)
        log_quota(*read.value, main);
    if (!read.value)
        main.error(
            trouble_id::configuration,
            search == search_lines::official
                ? "The configuration cannot be used. Nothing was collected; fix it and start again"
                : "The configuration cannot be used"
        );
    return read;
}

}  // namespace qdc::app
