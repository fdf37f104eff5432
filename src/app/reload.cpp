#include "app/reload.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <utility>

namespace qdc::app
{

std::string first_error(const std::vector<settings::problem>& problems)
{
    const auto first = std::ranges::find(problems, settings::severity::error, &settings::problem::severity);
    return first != problems.end() ? settings::describe(*first) : "it cannot be used";
}

std::string fixed_part_changed(const settings::collector& now, const settings::collector& changed)
{
    // The lock, the open files and the bound port belong to the running process: a reload keeps them.
    if (changed.state_directory != now.state_directory)
        return "The state directory";
    if (changed.state != now.state)
        return "persistence";
    return changed.status != now.status ? "globals.status" : "";
}

bool login_refused(const parts& moving)
{
    return std::ranges::any_of(
        moving.pullers, [](const auto& part) { return part.report->phase == service_phase::refused; }
    );
}

std::optional<settings::collector>
with_next_passwords(const settings::collector& now, const parts& moving, const log_origin& log)
{
    std::optional<settings::collector> changed;  // asked each second: nothing is copied as long as nothing changes
    for (std::size_t i = 0; i < now.inputs.size(); ++i)
    {
        const auto& input = now.inputs[i];
        // One subscription for each input, in their order. It counts a refusal only when the light call is refused too.
        if (input.login.next_password.empty() || moving.subscriptions[i]->refused_logins() == 0)
            continue;
        // The next password moves up and its place becomes empty: it is tried once.
        if (!changed)
            changed = now;
        auto& login = changed->inputs[i].login;
        login.password = std::exchange(login.next_password, secret());
        log.warning(
            trouble_id::next_password,
            fmt::format(
                "inputs.{}: the password is refused, so the one of next_password_file is used from now on. Make it the "
                "password: until then each start tries the refused one first",
                input.name
            )
        );
    }
    return changed;
}

watched_files files_to_watch(const settings::sources& sources, const settings::collector& made)
{
    watched_files files;
    if (sources.pair)
        files.configuration = {sources.job_config.path, sources.collector_config.path};
    else
        files.configuration = {sources.config.path};
    for (const auto& input : made.inputs)
        files.secrets.insert(files.secrets.end(), input.login.files.begin(), input.login.files.end());
    return files;
}

}  // namespace qdc::app
