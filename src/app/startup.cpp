#include "app/startup.hpp"

#include "app/configuration.hpp"

#include <fmt/format.h>

#include <chrono>
#include <utility>

namespace qdc::app
{
namespace
{

std::string quoted(const std::filesystem::path& path)
{
    return '"' + path.string() + '"';
}

const char* python(bool value)
{
    return value ? "True" : "False";
}

/// The official collector's account of where it looked.
void log_sources(const settings::sources& files, const log_origin& log)
{
    log.info(fmt::format(
        "Results of validation of config files parameters: {{\"config\": {}, \"config_validated\": {}, "
        "\"job_config_loc\": {}, \"job_config_loc_default\": {}, \"job_config_loc_validated\": {}, "
        "\"collector_config_loc\": {}, \"collector_config_loc_default\": {}, \"collector_config_loc_validated\": {}}}",
        quoted(files.config.path),
        python(files.config.exists),
        quoted(files.job_config.path),
        python(files.job_config.standard),
        python(files.job_config.exists),
        quoted(files.collector_config.path),
        python(files.collector_config.standard),
        python(files.collector_config.exists)
    ));
}

/// A period that the usual quota cannot carry. What the subscription really allows is only known from its answers.
/// (Qualys, "API limits": 300 calls an hour for each endpoint on the Standard level.)
void log_quota(const settings::collector& from, const log_origin& log)
{
    constexpr double calls_an_hour = 300;
    for (const auto& of : from.inputs)
    {
        for (const auto& what : of.services)
        {
            const double wanted = 3600.0 / static_cast<double>(what.period.count());
            if (wanted > calls_an_hour * of.quota_share)
                log.warning(
                    trouble_id::quota_small,
                    fmt::format(
                        "inputs.{}.services.{}: a pull every {} s needs at least {:.0f} calls an hour; a Standard "
                        "subscription "
                        "allows {:.0f} for each endpoint, of which quota_share {} may be used",
                        of.name,
                        what.name,
                        what.period.count(),
                        wanted,
                        calls_an_hour,
                        of.quota_share
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

settings::outcome load_settings(const program_options& options, logging::masking_log& log)
{
    const log_origin main(log, "MainProcess::MainThread");
    auto read = read_configuration(options.where, std::chrono::system_clock::now());
    if (read.value)
        for (const auto& input : read.value->inputs)
        {
            log.hide(input.login.username, input.login.password);
            log.hide(input.login.username, input.login.next_password);
        }
    log_sources(read.files, main);
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
            trouble_id::configuration, "The configuration cannot be used. Nothing was collected; fix it and start again"
        );
    return read;
}

}  // namespace qdc::app
