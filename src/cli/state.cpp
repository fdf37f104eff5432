#include "cli/state.hpp"

#include "app/build_day.hpp"
#include "app/input_store.hpp"
#include "app/service_list.hpp"
#include "app/startup.hpp"
#include "services/catalogue.hpp"
#include "state/directory_lock.hpp"
#include "state/failure.hpp"
#include "state/file_name.hpp"
#include "state/inspect.hpp"
#include "state/official.hpp"
#include "store/environment.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <iterator>
#include <vector>

namespace qdc::cli
{
namespace
{

/// One configured service and the key of its checkpoint.
struct target
{
    const settings::input* input;
    const settings::service* service;
    state_key key;
};

/// The configured services: all, or those of one name.
std::vector<target> configured_targets(const settings::collector& settings, const std::string& name)
{
    std::vector<target> found;
    for (const auto& input : settings.inputs)
        for (const auto& service : input.services)
            if (name.empty() || service.name == name)
                found.push_back({&input, &service, {input.name, input.id, service.name}});
    return found;
}

/// "qualys/1/host_list", for messages.
std::string text_of(const state_key& key)
{
    return key.input + '/' + key.id + '/' + key.service;
}

/// Logs what was tried and why it failed, with advice where there is some. A lock that a collector holds has a status
/// of its own.
exit_status failed(const log_origin& log, const std::string& attempt, const error_code& failure)
{
    const bool busy = failure == state::failure::in_use;
    std::string advice = busy ? ". Stop the collector first" : "";
    // Bare, a verb knows nothing of the unit's StateDirectory=.
    if (failure == boost::system::errc::no_such_file_or_directory && std::getenv("STATE_DIRECTORY") == nullptr)
        advice = ". If a systemd unit collects, run the verb as it does: qualys-devo-as-unit state ...";
    log.error(
        busy ? trouble_id::state_in_use : trouble_id::state_unusable,
        fmt::format("{}: {}{}", attempt, failure.message(), advice)
    );
    return busy ? exit_status::locked : app::exit_status::failed;
}

/// The checkpoints on the disk: all, or those of one service, whether it is configured or not.
result<std::vector<state::entry>> saved_checkpoints(const settings::collector& settings, const std::string& service)
{
    auto entries = state::list(settings.state_directory);
    if (entries)
        std::erase_if(
            *entries, [&service](const state::entry& entry) { return !service.empty() && entry.key.service != service; }
        );
    return entries;
}

/// The store in which a service remembers something besides its checkpoint; empty: there is none.
std::filesystem::path store_of(const settings::collector& settings, const state_key& key)
{
    const auto folder = app::store_folder(settings.state_directory, key.input, key.id);
    const auto* const kind = services::find_kind(key.service);
    std::error_code ignored;
    const bool remembers = kind != nullptr && kind->tables != nullptr && std::filesystem::exists(folder, ignored);
    return remembers ? folder : std::filesystem::path();
}

/// What a service remembers besides its checkpoint; "": nothing.
std::string remembered(const settings::collector& settings, const state_key& key)
{
    const auto folder = store_of(settings, key);
    if (folder.empty())
        return {};
    const auto facts = store::look_into(folder, key.service, "", services::summary_key);
    if (!facts)
        return fmt::format(
            "  store {}: {}. The next start sets it aside and begins a new one\n",
            folder.string(),
            facts.error().message()
        );
    if (facts->generation == 0)
        return {};
    const auto* const kind = services::find_kind(key.service);
    const auto summary = kind->summary != nullptr ? kind->summary(facts->value) : std::string();
    return fmt::format(
        "  store {}: {}generation {}, {:.1f} MB on disk\n",
        folder.string(),
        summary.empty() ? fmt::format("{} entries, ", facts->entries) : summary + ", ",
        facts->generation,
        static_cast<double>(facts->disk_bytes) / 1e6
    );
}

/// That nothing is there, for the log.
std::string no_checkpoint(const settings::collector& settings, const state_options& options)
{
    const auto service = options.service.empty() ? "" : " of " + options.service;
    return fmt::format("There is no checkpoint{} in {}", service, settings.state_directory.string());
}

/// Prints each checkpoint with what its service remembers besides, or all as one document.
exit_status show(const settings::collector& settings, const state_options& options, const log_origin& log)
{
    const auto entries = saved_checkpoints(settings, options.service);
    if (!entries)
        return failed(
            log, "The state directory " + settings.state_directory.string() + " cannot be read", entries.error()
        );
    if (options.action == state_action::export_all)
    {
        std::cout << state::export_document(*entries);
        return exit_status::done;
    }
    if (entries->empty())
        log.info(no_checkpoint(settings, options));
    for (const auto& entry : *entries)
    {
        std::cout << text_of(entry.key) << "  generation " << entry.generation << ", saved at " << entry.saved_at
                  << '\n';
        if (!entry.problem.empty())
            std::cout << "  problem: " << entry.problem << '\n';
        std::cout << "  " << (entry.text.empty() ? "(nothing can be read)" : entry.text) << '\n';
        std::cout << remembered(settings, entry.key);
    }
    return exit_status::done;
}

/// Whether the service itself would take up that state.
bool is_usable(const target& target, const std::string& text)
{
    return app::make_service(*target.service, *target.input, "", std::nullopt)->restore(text);
}

/// Saves a state for a service, if that service itself could take it up.
exit_status
put(const settings::collector& settings, const target& target, const std::string& text, const log_origin& log)
{
    if (!is_usable(target, text))
    {
        log.error(
            trouble_id::state_refused,
            fmt::format(
                "This is no state of {}; `state show {}` prints one to begin with. Nothing was changed",
                text_of(target.key),
                target.key.service
            )
        );
        return exit_status::failed;
    }
    const auto written = state::set(settings.state_directory, target.key, text, std::chrono::system_clock::now());
    if (!written)
        return failed(log, "The checkpoint of " + text_of(target.key) + " could not be written", written.error());
    log.info(fmt::format("The checkpoint of {} is set: {}", text_of(target.key), text));
    return exit_status::done;
}

/// Replaces the checkpoint of one service by a text of the command line or of standard input.
exit_status set(const settings::collector& settings, const state_options& options, const log_origin& log)
{
    const auto targets = configured_targets(settings, options.service);
    if (targets.size() != 1)
    {
        log.error(
            trouble_id::service_unknown,
            fmt::format("{} is configured {} times; exactly one is needed", options.service, targets.size())
        );
        return exit_status::usage;
    }
    std::string text = options.checkpoint;
    if (text == "-")
        text.assign(std::istreambuf_iterator<char>(std::cin), {});
    return put(settings, targets.front(), text, log);
}

/// Empties what a service remembers. A running collector has it open, so the lock is taken.
error_code forget(const settings::collector& settings, const state_key& key)
{
    const auto folder = store_of(settings, key);
    if (folder.empty())
        return {};
    const auto lock = state::directory_lock::take(settings.state_directory);
    if (!lock)
        return lock.error();
    return store::forget_table(folder, key.service);
}

/// Forgets checkpoints. Each is set aside under another name, so that it can be taken back.
exit_status reset(const settings::collector& settings, const state_options& options, const log_origin& log)
{
    const auto entries = saved_checkpoints(settings, options.service);
    // Without a state directory there is nothing to forget, which is no failure.
    if (!entries && entries.error() != boost::system::errc::no_such_file_or_directory)
        return failed(
            log, "The state directory " + settings.state_directory.string() + " cannot be read", entries.error()
        );
    // First of all what they remember: a checkpoint without it begins again by itself, not the other way round.
    std::vector<state_key> keys;
    for (const auto& each : configured_targets(settings, options.service))
        keys.push_back(each.key);
    for (const auto& entry : entries ? *entries : std::vector<state::entry>())
        keys.push_back(entry.key);
    for (const auto& key : keys)
        if (const auto failure = forget(settings, key))
            return failed(log, "What " + text_of(key) + " remembers could not be forgotten", failure);
    if (!entries || entries->empty())
    {
        log.info(no_checkpoint(settings, options));
        return exit_status::done;
    }
    for (const auto& entry : *entries)
    {
        const auto done = state::reset(settings.state_directory, entry.key);
        if (!done)
            return failed(log, "The checkpoint of " + text_of(entry.key) + " could not be reset", done.error());
        // How to go back stands in the log, because the file is only renamed.
        const auto names = state::names_of(entry.key);
        const auto backup = (settings.state_directory / names.set_aside).string();
        log.info(fmt::format(
            "The checkpoint of {} is reset: its next pull begins again. It is kept as {}; to go back, stop the "
            "collector and rename it: mv '{}' '{}'",
            text_of(entry.key),
            backup,
            backup,
            (settings.state_directory / names.newest).string()
        ));
    }
    return exit_status::done;
}

/// What an import made of one service.
enum class import_outcome
{
    taken_over,
    absent,  ///< the official collector left nothing
    failed,
};

struct imported
{
    import_outcome outcome{import_outcome::failed};
    utc_time until{};  ///< of taken_over: everything up to then is delivered
};

/// The time of a last event, or now where it has not come yet: a service that begins there would pull nothing until then.
utc_time passed(utc_time mark, const std::string& name, const log_origin& log)
{
    // A clock from before the program was made is wrong itself.
    const auto now = std::max<utc_time>(
        std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()), app::build_day()
    );
    if (mark <= now)
        return mark;
    log.warning(
        trouble_id::state_refused,
        fmt::format(
            "{}: the official collector's last event, {}, lies in the future; its next pull begins at {} instead. "
            "`state reset {}` begins again",
            name,
            utc_seconds(mark),
            utc_seconds(now),
            name.substr(name.rfind('/') + 1)
        )
    );
    return now;
}

/// Takes over what the official collector has delivered: everything up to its last event.
imported import_one(
    const settings::collector& settings,
    const target& target,
    const std::filesystem::path& directory,
    const log_origin& log
)
{
    const auto name = text_of(target.key);
    const auto read = state::read_official(directory, target.key);
    // No file: the service was not collected there. Unreadable: reported.
    if (!read && read.error() == std::errc::no_such_file_or_directory)
    {
        log.info(fmt::format("{}: the official collector left no {}", name, state::official_file_name(target.key)));
        return {import_outcome::absent};
    }
    if (!read)
    {
        failed(log, name + ": the official collector's state cannot be read", read.error());
        return {};
    }
    // Without the time of its last event it is not known up to where everything is delivered.
    const auto& official = read->value;
    const auto mark =
        official && official->last_event_time_str ? parse_utc(*official->last_event_time_str) : std::nullopt;
    if (!mark)
    {
        const auto reason = official ? std::string("it names no time of a last event") : read->problem;
        log.error(
            trouble_id::state_refused,
            fmt::format("{}: the official collector's state cannot be used: {}. Nothing was changed", name, reason)
        );
        return {};
    }
    const auto until = passed(*mark, name, log);
    // The service itself writes the state that says so.
    const auto text =
        app::make_service(*target.service, *target.input, "", std::nullopt)->state_at(until, official->last_ids);
    if (put(settings, target, text, log) != exit_status::done)
        return {};
    return {import_outcome::taken_over, until};
}

/// Takes over every configured service that the official collector has a file of. Good: at least one.
exit_status import_all(const settings::collector& settings, const state_options& options, const log_origin& log)
{
    // Each service on its own: one that fails does not keep the others from being taken over.
    const auto targets = configured_targets(settings, {});
    std::size_t taken_over = 0;
    utc_time until{};
    for (const auto& target : targets)
    {
        const auto one = import_one(settings, target, options.directory, log);
        taken_over += one.outcome == import_outcome::taken_over ? 1 : 0;
        until = std::max(until, one.until);
    }
    const auto summary = fmt::format("{} of {} services taken over", taken_over, targets.size());
    // Nothing at all is mostly a wrong directory, or inputs with other names.
    if (taken_over != 0)
        log.info(fmt::format("{}, up to {}", summary, utc_seconds(until)));
    else
        log.error(
            trouble_id::state_refused,
            fmt::format(
                "{} from {}: is that the official collector's state folder, and are the names and ids of the inputs "
                "those that it had? Nothing was changed",
                summary,
                options.directory.string()
            )
        );
    // What could not be used was named above; the others are taken over, and a second try would change nothing.
    return taken_over != 0 ? exit_status::done : app::exit_status::failed;
}

}  // namespace

exit_status state(const state_options& options)
{
    // Checkpoints can be handled without passwords and certificates.
    auto without_secrets = options;
    without_secrets.where.secrets = false;
    const app::verb_session with(without_secrets);
    if (!with.read.value)
        return exit_status::misconfigured;
    const auto& settings = *with.read.value;
    switch (options.action)
    {
        case state_action::show:
        case state_action::export_all:
            return show(settings, options, with.origin);
        case state_action::reset:
            return reset(settings, options, with.origin);
        case state_action::set:
            return set(settings, options, with.origin);
        case state_action::import_official:
            return import_all(settings, options, with.origin);
    }
    return exit_status::usage;
}

}  // namespace qdc::cli
