#include "cli/command_line.hpp"

#include "base/number.hpp"
#include "cli/usage.hpp"
#include "services/catalogue.hpp"
#include "settings/findings.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <iostream>
#include <optional>
#include <utility>
#include <vector>

namespace qdc::cli
{
namespace
{

/// What CLI11 fills in, as it was written; checked and turned into a command when all of it could be read.
struct written
{
    std::string config, directory, job, collector;
    std::string format, level;
    std::string since, until;
    int quiet{0};
    int verbose{0};
    std::uint64_t give_up_after{300};
    std::uint64_t limit{0};
    bool validate{false};
    bool prod_mode{false};
    bool all{false};  ///< of `state reset`
};

/// The options of every verb; one of them is used.
struct verb_options
{
    app::run_options run;
    validate_options validate;
    doctor_options doctor;
    plan_options plan;
    top_options top;
    pull_options pull;
    state_options state;
    version_options version;
};

/// The verbs, and what CLI11 has to be asked for later.
struct verbs
{
    CLI::App* run;
    CLI::App* validate;
    CLI::App* doctor;
    CLI::App* plan;
    CLI::App* top;
    CLI::App* pull;
    CLI::App* state;
    CLI::App* version;
    std::vector<CLI::Option*> run_options;  ///< those of the root, for `run` without its name
};

/// A check of an option's value. CLI11's own ones speak of fractions, and let a minus sign wrap around.
CLI::Validator whole_number(std::optional<std::uint64_t> most = std::nullopt)
{
    const auto check = [most](const std::string& text)
    {
        const auto number = number_in<std::uint64_t>(text);
        if (number && (!most || *number <= *most))
            return std::string();
        return "'" + text + "' is no whole number from 0" + (most ? " to " + std::to_string(*most) : "");
    };
    return {check, "", "whole number"};
}

/// Options of every verb. They stand at the root; fallthrough() lets them stand behind a verb as well.
void add_common(CLI::App& root, written& raw)
{
    root.add_option("-c,--config", raw.config, "Configuration file (default: config/config.yaml, then /etc)")
        ->type_name("FILE")
        ->group(common_group);
    root.add_option("-C,--directory", raw.directory, "Folder that holds config/, certs/ and state/")
        ->type_name("DIR")
        ->group(common_group);
    root.add_flag("-q,--quiet", raw.quiet, "Only warnings and errors; twice: only errors")->group(common_group);
    root.add_flag("-v,--verbose", raw.verbose, "More: every request")->group(common_group);
    root.add_option("--log-format", raw.format, "text, json or journald (default: by what standard error is)")
        ->type_name("FORMAT")
        ->group(common_group);
    root.add_option("--log-level", raw.level, "debug, info, warning or error")->type_name("LEVEL")->group(common_group);
    const std::string official = "Spelling of the official collector";
    root.add_option("--job_config_loc", raw.job, official)->type_name("FILE")->group(common_group);
    root.add_option("--collector_config_loc", raw.collector, official)->type_name("FILE")->group(common_group);
    root.add_flag("--validate", raw.validate, official + ": the verb validate");
    root.add_flag("--prod-mode", raw.prod_mode, official + ": accepted, without meaning here");
}

/// Options of `run`. Returned, because the root has them as well, where another verb must not be given with them.
std::vector<CLI::Option*> add_run_options(CLI::App& app, app::run_options& run, written& raw)
{
    return {
        app.add_flag("--once", run.once, "One complete cycle of each service, then exit"),
        app.add_option("--service", run.services, "Only this service; may be repeated")->type_name("NAME"),
        app.add_flag("--no-save-state", run.no_save_state, "Keep checkpoints in memory only"),
        app.add_option("--give-up-after", raw.give_up_after, "With --once: how long transient faults are retried")
            ->type_name("SECONDS")
            ->check(whole_number(1'000'000'000)),
    };
}

/// Options of `pull`.
void add_pull_options(CLI::App& app, pull_options& pull, written& raw)
{
    app.add_option("SERVICE", pull.service, services::service_names())->required();
    app.add_option("--since", raw.since, "From this time on, inclusive: 2024-01-10T09:47:08Z")->type_name("T");
    app.add_option("--until", raw.until, "Up to this time, inclusive")->type_name("T");
    app.add_option("--limit", raw.limit, "At most this many events; 0: none, and Qualys is not asked")
        ->type_name("N")
        ->check(whole_number());
    app.add_flag("--raw", pull.raw, "The answer of Qualys as received");
}

/// One verb with verbs of its own.
void add_state_verbs(CLI::App& app, state_options& state, written& raw)
{
    app.require_subcommand(1);
    // Each verb below `state` only notes which one it is.
    const auto add = [&app, &state](const char* name, const char* description, state_action action)
    {
        auto* const verb = app.add_subcommand(name, description);
        verb->callback([&state, action] { state.action = action; });
        return verb;
    };
    add("show", "Print the checkpoints", state_action::show)->add_option("SERVICE", state.service);
    auto* const reset = add("reset", "Forget checkpoints: the service begins again", state_action::reset);
    reset->add_option("SERVICE", state.service);
    reset->add_flag("--all", raw.all, "All services of all inputs");
    auto* const set = add("set", "Replace a checkpoint", state_action::set);
    set->add_option("SERVICE", state.service)->required();
    set->add_option("STATE", state.checkpoint, "The JSON object that `state show` prints, or - for standard input")
        ->required();
    add("export", "Print checkpoints as one JSON document", state_action::export_all)
        ->add_option("SERVICE", state.service);
    add("import", "Take over the state files of the official collector", state_action::import_official)
        ->add_option("DIR", state.directory)
        ->required();
}

/// Declares every verb with its options. CLI11 writes into `options` and `raw`, which outlive the parsing.
verbs add_verbs(CLI::App& root, verb_options& options, written& raw)
{
    verbs all;
    // `run` is there twice, with its name and without.
    all.run_options = add_run_options(root, options.run, raw);  // no verb means run
    all.run = root.add_subcommand("run", "Collect until stopped (the default)");
    add_run_options(*all.run, options.run, raw);
    all.validate = root.add_subcommand("validate", "Check the configuration, without network");
    all.validate->add_flag("--json", options.validate.json, "A JSON array of problems on standard output");
    all.validate->add_flag("--strict", options.validate.where.strict, "Unknown keys are errors");
    all.doctor = root.add_subcommand("doctor", "Check names, TLS, logins, permissions and quotas, with network");
    all.doctor->add_flag("--json", options.doctor.json, "A JSON array of checks on standard output");
    all.plan = root.add_subcommand("plan", "Print the calls of the next cycle and the quota that is left");
    all.plan->add_flag("--json", options.plan.json, "A JSON object on standard output");
    all.top = root.add_subcommand("top", "The status page for a terminal");
    all.top->add_flag("--once", options.top.once, "Print it once, then exit");
    all.top->add_flag("--json", options.top.json, "What the status endpoint says, once, as JSON");
    all.top->add_option("--url", options.top.url, "Of the status endpoint (default: as the configuration says)")
        ->type_name("URL");
    all.pull = root.add_subcommand("pull", "Write the events of one service to standard output");
    add_pull_options(*all.pull, options.pull, raw);
    all.state = root.add_subcommand("state", "Read and move checkpoints by hand");
    add_state_verbs(*all.state, options.state, raw);
    all.version = root.add_subcommand("version", "Version, build and libraries");
    all.version->add_flag("--json", options.version.json, "As a JSON object");
    return all;
}

/// The time that an option names; nothing: it was not given. Throws CLI::ValidationError for any other text.
std::optional<utc_time> time_option(const std::string& text, const char* name)
{
    if (text.empty())
        return std::nullopt;
    const auto at = parse_utc(text);
    if (!at)
        throw CLI::ValidationError(name, "'" + text + "' is no time of the form 2024-01-10T09:47:08Z");
    return at;
}

/// Throws CLI::ValidationError, with the name that was probably meant, unless there is such a service.
void check_service(const std::string& name)
{
    if (name.empty() || services::find_kind(name) != nullptr)
        return;
    std::vector<std::string_view> words;
    for (const auto* const kind : services::catalogue())
        words.push_back(kind->name);
    const auto near = settings::did_you_mean(name, words);
    throw CLI::ValidationError(
        "service", "'" + name + "' is none of " + services::service_names(", ") + (near.empty() ? "" : "; " + near)
    );
}

/// What the common options mean. --log-level, the most exact one, wins over --verbose, and that over --quiet.
app::program_options common_of(const written& raw)
{
    app::program_options common;
    // Words that CLI11 takes as any text are checked here.
    common.where.config = raw.config;
    common.where.directory = raw.directory;
    common.where.job_config = raw.job;
    common.where.collector_config = raw.collector;
    if (raw.quiet != 0)
        common.threshold = raw.quiet > 1 ? log_level::error : log_level::warning;
    if (raw.verbose != 0)
        common.threshold = log_level::debug;
    // An exact level comes last, and so wins.
    if (!raw.level.empty())
    {
        const auto level = logging::log_level_of(raw.level);
        if (!level)
            throw CLI::ValidationError("--log-level", "'" + raw.level + "' is none of debug, info, warning, error");
        common.threshold = *level;
    }
    if (!raw.format.empty())
    {
        const auto format = logging::log_format_of(raw.format);
        if (!format)
            throw CLI::ValidationError("--log-format", "'" + raw.format + "' is none of text, json, journald");
        common.format = *format;
    }
    return common;
}

/// An option of `run` may stand in front of the verb `run`, but another verb would pass over it in silence.
void refuse_run_options(const CLI::App& verb, const verbs& all)
{
    for (const auto* option : all.run_options)
        if (option->count() != 0)
            throw CLI::ValidationError(option->get_name(), "is an option of run, not of " + verb.get_name());
}

/// The verb's options, with the common ones put in. `strict` is the verb's own and stays.
template <class Options>
Options with_common(Options options, const app::program_options& common)
{
    const bool strict = options.where.strict;
    static_cast<app::program_options&>(options) = common;
    options.where.strict = strict;
    return options;
}

/// What the arguments of `pull` mean; throws CLI::ValidationError.
pull_options finished_pull(pull_options pull, const written& raw, bool limited)
{
    check_service(pull.service);
    pull.since = time_option(raw.since, "--since");
    pull.until = time_option(raw.until, "--until");
    if (pull.since && pull.until && *pull.since > *pull.until)
        throw CLI::ValidationError("--since", raw.since + " lies behind --until, " + raw.until);
    if (limited)
        pull.limit = raw.limit;
    return pull;
}

/// What the arguments of `state` mean; throws CLI::ValidationError. Resetting everything has to be asked for by --all.
state_options finished_state(state_options state, const written& raw)
{
    check_service(state.service);
    if (state.action == state_action::reset && state.service.empty() && !raw.all)
        throw CLI::ValidationError("state reset", "name a service, or say --all: every service would begin again");
    if (state.action == state_action::reset && !state.service.empty() && raw.all)
        throw CLI::ValidationError("state reset", "--all and a service exclude each other");
    return state;
}

/// What the arguments mean, now that CLI11 could read them.
command finished(verb_options options, const written& raw, const CLI::App& root, const verbs& all)
{
    const auto common = common_of(raw);
    // No verb means run. `--validate` is the official spelling of a verb, so it replaces run.
    const auto parsed = root.get_subcommands();
    const auto* const verb = parsed.empty() ? all.run : parsed.front();
    if (raw.validate && verb != all.run && verb != all.validate)
        throw CLI::ValidationError("--validate", "is a verb of its own, and cannot stand beside " + verb->get_name());
    if (verb == all.run && raw.validate)
        return with_common(options.validate, common);
    if (verb == all.run)
    {
        for (const auto& name : options.run.services)
            check_service(name);
        options.run.give_up_after = std::chrono::seconds(raw.give_up_after);
        return with_common(std::move(options.run), common);
    }
    // Every other verb, with its own options and the common ones.
    refuse_run_options(*verb, all);
    if (verb == all.validate)
        return with_common(options.validate, common);
    if (verb == all.doctor)
        return with_common(options.doctor, common);
    if (verb == all.plan)
        return with_common(options.plan, common);
    if (verb == all.top)
        return with_common(std::move(options.top), common);
    if (verb == all.pull)
        return with_common(
            finished_pull(std::move(options.pull), raw, all.pull->get_option("--limit")->count() != 0), common
        );
    if (verb == all.state)
        return with_common(finished_state(std::move(options.state), raw), common);
    return options.version;
}

}  // namespace

command parse_command_line(int argc, const char* const* argv)
{
    verb_options options;
    written raw;
    CLI::App root("Pulls vulnerability data from Qualys and delivers it to Devo.", "qualys-devo-collector");
    // At most one verb; options of the root may stand behind it.
    root.formatter(make_help_formatter());
    root.require_subcommand(0, 1);
    root.fallthrough();
    add_common(root, raw);
    const auto all = add_verbs(root, options, raw);
    root.set_version_flag("--version", "qualys-devo-collector " QDC_VERSION);
    try
    {
        root.parse(argc, argv);
        return finished(std::move(options), raw, root, all);
    }
    catch (const CLI::ParseError& e)
    {
        // CLI11 reports --help and --version in the same way as mistakes.
        if (e.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success))
        {
            root.exit(e, std::cout, std::cerr);
            return exit_status::done;
        }
        std::cerr << "qualys-devo-collector: " << usage_fault(root, e) << "\nRun with --help for more information.\n";
        return exit_status::usage;
    }
}

}  // namespace qdc::cli
