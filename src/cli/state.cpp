#include "cli/state.hpp"

#include "app/service_list.hpp"
#include "app/startup.hpp"
#include "state/failure.hpp"
#include "state/inspect.hpp"
#include "state/official.hpp"

#include <fmt/format.h>

#include <chrono>
#include <iostream>
#include <iterator>
#include <utility>

namespace qdc::cli
{
namespace
{

/// One configured service and the key of its checkpoint.
struct target
{
    const settings::input* of;
    const settings::service* what;
    state_key key;
};

/// The configured services that the command line means: all, or those of one name.
std::vector<target> targets_of(const settings::collector& from, const std::string& service)
{
    std::vector<target> found;
    for (const auto& of : from.inputs)
        for (const auto& what : of.services)
            if (service.empty() || what.name == service)
                found.push_back({&of, &what, {of.name, of.id, what.name}});
    return found;
}

std::string text_of(const state_key& key)
{
    return key.input + '/' + key.id + '/' + key.service;
}

exit_status failed(const log_origin& log, const std::string& what, const error_code& why)
{
    const bool busy = why == state::failure::in_use;
    log.error(fmt::format("{}: {}{}", what, why.message(), busy ? ". Stop the collector first" : ""));
    return busy ? exit_status::locked : app::exit_status::failed;
}

exit_status show(const settings::collector& from, const command_line& line, const log_origin& log)
{
    auto entries = state::list(from.state_directory);
    if (!entries)
        return failed(log, "The state directory " + from.state_directory.string() + " cannot be read", entries.error());
    std::erase_if(
        *entries,
        [&line](const state::entry& entry) { return !line.service.empty() && entry.key.service != line.service; }
    );
    if (line.state == state_action::export_all)
    {
        std::cout << state::export_document(*entries);
        return exit_status::done;
    }
    for (const auto& entry : *entries)
    {
        std::cout << text_of(entry.key) << "  generation " << entry.generation << ", saved at " << entry.saved_at
                  << '\n';
        if (!entry.problem.empty())
            std::cout << "  problem: " << entry.problem << '\n';
        std::cout << "  " << (entry.text.empty() ? "(nothing can be read)" : entry.text) << '\n';
    }
    return exit_status::done;
}

/// Whether the service itself would take up that state.
bool is_usable(const target& where, const std::string& text)
{
    return app::make_service(*where.what, *where.of, "", std::nullopt)->restore(text);
}

exit_status put(const settings::collector& from, const target& where, const std::string& text, const log_origin& log)
{
    if (!is_usable(where, text))
    {
        log.error(fmt::format(
            "This is no state of {}; `state show {}` prints one to begin with. Nothing was changed",
            text_of(where.key),
            where.key.service
        ));
        return exit_status::failed;
    }
    const auto written = state::set(from.state_directory, where.key, text, std::chrono::system_clock::now());
    if (!written)
        return failed(log, "The checkpoint of " + text_of(where.key) + " could not be written", written.error());
    log.info(fmt::format("The checkpoint of {} is set: {}", text_of(where.key), text));
    return exit_status::done;
}

exit_status set(const settings::collector& from, const command_line& line, const log_origin& log)
{
    const auto targets = targets_of(from, line.service);
    if (targets.size() != 1)
    {
        log.error(fmt::format("{} is configured {} times; exactly one is needed", line.service, targets.size()));
        return exit_status::usage;
    }
    std::string text = line.value;
    if (text == "-")
        text.assign(std::istreambuf_iterator<char>(std::cin), {});
    return put(from, targets.front(), text, log);
}

exit_status reset(const settings::collector& from, const command_line& line, const log_origin& log)
{
    for (const auto& where : targets_of(from, line.service))
    {
        const auto done = state::reset(from.state_directory, where.key);
        if (!done && done.error() == state::failure::no_such_state)
            log.info(fmt::format("{} has no checkpoint", text_of(where.key)));
        else if (!done)
            return failed(log, "The checkpoint of " + text_of(where.key) + " could not be reset", done.error());
        else
            log.info(fmt::format("The checkpoint of {} is reset: the next pull begins anew", text_of(where.key)));
    }
    return exit_status::done;
}

/// Takes over what the official collector has delivered: everything up to its last event.
exit_status import_one(
    const settings::collector& from, const target& where, const std::filesystem::path& directory, const log_origin& log
)
{
    const auto name = text_of(where.key);
    const auto read = state::read_official(directory, where.key);
    if (!read && read.error() == std::errc::no_such_file_or_directory)
    {
        log.info(fmt::format("{}: the official collector left no {}", name, state::official_file_name(where.key)));
        return exit_status::done;
    }
    if (!read)
        return failed(log, name + ": the official collector's state cannot be read", read.error());
    const auto& official = read->value;
    const auto mark =
        official && official->last_event_time_str ? parse_utc(*official->last_event_time_str) : std::nullopt;
    if (!mark)
    {
        const auto why = official ? std::string("it names no time of a last event") : read->problem;
        log.error(fmt::format("{}: the official collector's state cannot be used: {}. Nothing was changed", name, why));
        return exit_status::failed;
    }
    const auto text = app::make_service(*where.what, *where.of, "", std::nullopt)->state_at(*mark, official->last_ids);
    return put(from, where, text, log);
}

exit_status import_all(const settings::collector& from, const command_line& line, const log_origin& log)
{
    auto status = exit_status::done;
    for (const auto& where : targets_of(from, {}))
    {
        const auto one = import_one(from, where, line.value, log);
        if (one != exit_status::done)
            status = one;
    }
    return status;
}

}  // namespace

exit_status state(const command_line& line)
{
    const app::verb_session with(line);
    if (!with.read.value)
        return exit_status::misconfigured;
    const auto& from = *with.read.value;
    switch (line.state)
    {
        case state_action::show:
        case state_action::export_all:
            return show(from, line, with.origin);
        case state_action::reset:
            return reset(from, line, with.origin);
        case state_action::set:
            return set(from, line, with.origin);
        case state_action::import_official:
            return import_all(from, line, with.origin);
    }
    return exit_status::usage;
}

}  // namespace qdc::cli
