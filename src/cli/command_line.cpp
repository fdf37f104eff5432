#include "cli/command_line.hpp"

#include "services/catalogue.hpp"

#include <CLI/CLI.hpp>

#include <iostream>
#include <utility>

namespace qdc::cli
{
namespace
{

/// What CLI11 fills in; turned into a command_line when everything fits.
struct raw_options
{
    std::string config, directory, job, collector;
    std::string format, level;
    std::string since, until;
    int quiet{0};
    int verbose{0};
    std::uint64_t give_up_after{300};
    bool validate{false};
    bool prod_mode{false};
};

void add_common(CLI::App& root, raw_options& raw)
{
    root.add_option("-c,--config", raw.config, "Configuration file (default: config/config.yaml, then /etc)")
        ->type_name("FILE");
    root.add_option("-C,--directory", raw.directory, "Folder that holds config/, certs/ and state/")->type_name("DIR");
    root.add_flag("-q,--quiet", raw.quiet, "Only warnings and errors; twice: only errors");
    root.add_flag("-v,--verbose", raw.verbose, "More: every request");
    root.add_option("--log-format", raw.format, "text, json or journald (default: by what standard error is)")
        ->type_name("FORMAT");
    root.add_option("--log-level", raw.level, "debug, info, warning or error")->type_name("LEVEL");
    const std::string official = "Spelling of the official collector";
    root.add_option("--job_config_loc", raw.job, official)->type_name("FILE");
    root.add_option("--collector_config_loc", raw.collector, official)->type_name("FILE");
    root.add_flag("--validate", raw.validate, official + ": the verb validate");
    root.add_flag("--prod-mode", raw.prod_mode, official + ": accepted, without meaning here");
}

void add_run_options(CLI::App& app, command_line& line, raw_options& raw)
{
    app.add_flag("--once", line.once, "One complete cycle of each service, then exit");
    app.add_option("--service", line.services, "Only this service; may be repeated")->type_name("NAME");
    app.add_flag("--no-save-state", line.no_save_state, "Keep checkpoints in memory only");
    app.add_option("--give-up-after", raw.give_up_after, "With --once: how long transient faults are retried")
        ->type_name("SECONDS")
        ->check(CLI::Range(0.0, 1e9));  // a minus sign would wrap around
}

void add_pull_options(CLI::App& app, command_line& line, raw_options& raw)
{
    app.add_option("SERVICE", line.service, services::service_names())->required();
    app.add_option("--since", raw.since, "From this time on, inclusive: 2024-01-10T09:47:08Z")->type_name("T");
    app.add_option("--until", raw.until, "Up to this time, inclusive")->type_name("T");
    app.add_option("--limit", line.limit, "At most this many events")->type_name("N")->check(CLI::NonNegativeNumber);
    app.add_flag("--raw", line.raw, "The answer of Qualys as received");
}

/// One verb with verbs of its own.
void add_state_verbs(CLI::App& state, command_line& line)
{
    state.require_subcommand(1);
    const auto add = [&state, &line](const char* name, const char* what, state_action action)
    {
        auto* const verb = state.add_subcommand(name, what);
        verb->callback([&line, action] { line.state = action; });
        return verb;
    };
    add("show", "Print the checkpoints", state_action::show)->add_option("SERVICE", line.service);
    add("reset", "Forget checkpoints: the service, or all of them, begin anew", state_action::reset)
        ->add_option("SERVICE", line.service);
    auto* const set = add("set", "Replace a checkpoint", state_action::set);
    set->add_option("SERVICE", line.service)->required();
    set->add_option("STATE", line.value, "The JSON object that `state show` prints, or - for standard input")
        ->required();
    add("export", "Print checkpoints as one JSON document", state_action::export_all)
        ->add_option("SERVICE", line.service);
    add("import", "Take over the state files of the official collector", state_action::import_official)
        ->add_option("DIR", line.value)
        ->required();
}

std::optional<utc_time> time_option(const std::string& text, const char* name)
{
    if (text.empty())
        return std::nullopt;
    const auto at = parse_utc(text);
    if (!at)
        throw CLI::ValidationError(name, "'" + text + "' is no time of the form 2024-01-10T09:47:08Z");
    return at;
}

void check_service(const std::string& name)
{
    if (services::find_kind(name) == nullptr)
        throw CLI::ValidationError("service", "'" + name + "' is none of " + services::service_names(", "));
}

void fill_in(command_line& line, const raw_options& raw)
{
    line.where.config = raw.config;
    line.where.directory = raw.directory;
    line.where.job_config = raw.job;
    line.where.collector_config = raw.collector;
    line.give_up_after = std::chrono::seconds(raw.give_up_after);
    line.since = time_option(raw.since, "--since");
    line.until = time_option(raw.until, "--until");
    if (raw.validate)
        line.verb = verb::validate;
    for (const auto& name : line.services)
        check_service(name);
    if (!line.service.empty())
        check_service(line.service);

    if (raw.quiet != 0)
        line.threshold = raw.quiet > 1 ? log_level::error : log_level::warning;
    if (raw.verbose != 0)
        line.threshold = log_level::debug;
    if (!raw.level.empty())
    {
        const auto level = logging::log_level_of(raw.level);
        if (!level)
            throw CLI::ValidationError("--log-level", "'" + raw.level + "' is none of debug, info, warning, error");
        line.threshold = *level;
    }
    if (!raw.format.empty())
    {
        const auto format = logging::log_format_of(raw.format);
        if (!format)
            throw CLI::ValidationError("--log-format", "'" + raw.format + "' is none of text, json, journald");
        line.format = *format;
    }
}

}  // namespace

std::variant<command_line, exit_status> parse_command_line(int argc, const char* const* argv)
{
    command_line line;
    raw_options raw;
    CLI::App root("Pulls vulnerability data from Qualys and delivers it to Devo.", "qualys-devo-collector");
    root.require_subcommand(0, 1);
    root.fallthrough();
    add_common(root, raw);
    add_run_options(root, line, raw);  // no verb means run

    auto* const run = root.add_subcommand("run", "Collect until stopped (the default)");
    add_run_options(*run, line, raw);
    auto* const validate = root.add_subcommand("validate", "Check the configuration, without network");
    validate->add_flag("--json", line.json, "A JSON array of problems on standard output");
    validate->add_flag("--strict", line.where.strict, "Unknown keys are errors");
    auto* const doctor =
        root.add_subcommand("doctor", "Check names, TLS, logins, permissions and quotas, with network");
    doctor->add_flag("--json", line.json, "A JSON array of checks on standard output");
    auto* const plan = root.add_subcommand("plan", "Print the calls of the next cycle and the quota that is left");
    plan->add_flag("--json", line.json, "A JSON object on standard output");
    auto* const top = root.add_subcommand("top", "The status page for a terminal");
    top->add_flag("--once", line.once, "Print it once, then exit");
    top->add_flag("--json", line.json, "What the status endpoint says, once, as JSON");
    auto* const pull = root.add_subcommand("pull", "Write the events of one service to standard output");
    add_pull_options(*pull, line, raw);
    auto* const state = root.add_subcommand("state", "Read and move checkpoints by hand");
    add_state_verbs(*state, line);
    auto* const version = root.add_subcommand("version", "Version, build and libraries");
    version->add_flag("--json", line.json, "As a JSON object");
    root.set_version_flag("--version", "qualys-devo-collector " QDC_VERSION);

    try
    {
        root.parse(argc, argv);
        if (validate->parsed())
            line.verb = verb::validate;
        else if (doctor->parsed())
            line.verb = verb::doctor;
        else if (plan->parsed())
            line.verb = verb::plan;
        else if (top->parsed())
            line.verb = verb::top;
        else if (pull->parsed())
            line.verb = verb::pull;
        else if (state->parsed())
            line.verb = verb::state;
        else if (version->parsed())
            line.verb = verb::version;
        fill_in(line, raw);
    }
    catch (const CLI::ParseError& e)
    {
        const bool asked_for = e.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success);
        root.exit(e, std::cout, std::cerr);
        return asked_for ? exit_status::done : app::exit_status::usage;
    }
    return line;
}

}  // namespace qdc::cli
