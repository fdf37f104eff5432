#include "settings/collector_server.hpp"
#include "settings/files.hpp"
#include "settings/location.hpp"
#include "settings/readers.hpp"
#include "settings/values.hpp"

#include <algorithm>
#include <cstdlib>

namespace qdc::settings
{
namespace fs = std::filesystem;

namespace
{

/// A configuration is some kilobytes; what is larger is another file, named by mistake.
constexpr std::size_t config_limit_bytes = 4u << 20;

/// The variable's value; empty when it is not set.
std::string from_environment(const char* name)
{
    const char* value = std::getenv(name);
    return value != nullptr ? value : "";
}

/// Where a package has it, and its unit finds it.
bool is_packaged(const fs::path& file)
{
    return file.native().starts_with("/etc/qualys-devo-collector/");
}

/// The tree of one file; null after a reported fault.
node load(const fs::path& file, findings& out)
{
    const place file_place{std::make_shared<const std::string>(file.string()), 0};
    if (const auto fault = why_unreadable(file); !fault.empty())
    {
        out.error(
            file_place,
            {},
            fault,
            is_packaged(file) ? "run the verb as the unit does: qualys-devo-as-unit VERB"
                              : "name a file that the collector's user may read"
        );
        return {};
    }
    auto text = read_file(file, config_limit_bytes);
    if (!text)
    {
        out.error(file_place, {}, "is larger than 4 MiB or cannot be read to its end", "name a configuration file");
        return {};
    }
    return parse_document(std::move(*text), file.string(), out);
}

/// Says so when everybody on the machine may read the file and a password stands in it.
void check_privacy(const node& root, const fs::path& file, findings& out)
{
    if (!world_readable(file))
        return;
    const auto report = [&out, &file](const member& secret, const std::string& path, const std::string& fix)
    {
        // In a container the file's mode is not the user's to change.
        const auto mode = "chmod 640 " + file.string() + " (its group has to be the collector's), or ";
        out.warning(
            secret.at,
            path,
            "stands in a file that everybody on this machine can read",
            in_container() ? fix : mode + fix
        );
    };
    // A proxy's login has no file of its own; the environment may have it instead.
    const auto check_proxy = [&report](const node& owner, const std::string& path)
    {
        const auto* proxy = owner.find("proxy");
        if (proxy != nullptr && proxy->value.text.find('@') != std::string::npos)
            report(*proxy, path + ".proxy", "remove it here and set HTTPS_PROXY in the environment of the collector");
    };
    // A job_config.json may be the map of inputs itself.
    const auto* inputs = root.find("inputs");
    for (const auto& m : inputs != nullptr ? inputs->value.members : root.members)
    {
        const auto path = join_path("inputs", m.key);
        const auto* credentials = m.value.find("credentials");
        const auto* password = credentials != nullptr ? credentials->value.find("password") : nullptr;
        if (password != nullptr && !password->value.text.empty())
            report(
                *password,
                path + ".credentials.password",
                in_container() ? "mount the password as a secret file of its own and use password_file"
                               : "use password_file"
            );
        check_proxy(m.value, path);
    }
    const auto* outputs = root.find("outputs");
    for (const auto& m : outputs != nullptr ? outputs->value.members : std::vector<member>())
        if (const auto* config = m.value.find("config"); config != nullptr)
            check_proxy(config->value, join_path("outputs", m.key) + ".config");
}

/// Reads the inputs that are switched on. That there is none at all is one more problem, unless one could not be read.
void read_inputs(const section& root, const surroundings& around, collector& to)
{
    if (!root.given("inputs"))
        return root.error(
            "inputs", "is missing: nothing would be collected", "add an input with its credentials and services"
        );
    const auto& inputs = root.entries("inputs");
    for (const auto& m : inputs)
        if (auto one = read_input(m, root.path_of("inputs"), around, root.out()))
            to.inputs.push_back(std::move(*one));
    const bool readable =
        std::all_of(inputs.begin(), inputs.end(), [](const member& m) { return m.value.is == node::kind::map; });
    if (to.inputs.empty() && readable && root.value("inputs")->is == node::kind::map)
        root.error("inputs", "has no input that is switched on", "write `enabled: true` for one of them");
}

/// Reads the outputs, with what `globals` says about all of them.
void read_outputs(const section& root, const surroundings& around, const output_overrides& overrides, collector& to)
{
    if (!root.given("outputs"))
        return root.error(
            "outputs",
            "is missing: events would go nowhere",
            "add an output, as `devo_1` of type devo_platform; a job_config.json needs its collector_config.json"
        );
    const auto& outputs = root.entries("outputs");
    for (const auto& m : outputs)
        if (auto one = read_output(m, root.path_of("outputs"), around, overrides, root.out()))
            to.outputs.push_back(std::move(*one));
    if (outputs.empty() && root.value("outputs")->is == node::kind::map)
        root.error("outputs", "is empty: events would go nowhere", "add an output, as `devo_1` of type devo_platform");
}

/// The official collector lets a job override some globals only; name, id and persistence are not among them.
node allowed_overrides(const node& overrides, findings& out)
{
    node allowed = overrides;
    std::erase_if(
        allowed.members,
        [&out](const member& m)
        {
            const bool refused = m.key == "name" || m.key == "id" || m.key == "persistence";
            if (refused)
                out.warning(
                    m.at,
                    "global_overrides." + m.key,
                    "[WARNING] Illegal override setting has been ignored -> " + m.key + ": " +
                        official_spelling(m.key, m.value),
                    "write it in globals"
                );
            return refused;
        }
    );
    return allowed;
}

/// The cloud form has no globals, because a Collector Server knows the name; this is for when none is there.
node unnamed_globals(const place& place)
{
    node name;
    name.is = node::kind::scalar;
    name.at = place;
    name.text = "qualys";
    node globals;
    globals.is = node::kind::map;
    globals.at = place;
    globals.members.push_back({"name", place, std::move(name)});
    return globals;
}

/// Reads the complete tree. `globals` come first: the state directory and the overrides are needed by what follows.
collector read_root(const node& tree, surroundings around, findings& out)
{
    collector to;
    to.directory = around.directory;
    output_overrides overrides;
    const section root(tree, part::root, {}, out);
    const auto standing_in = unnamed_globals(tree.at);
    // Without globals, as a Collector Server's job has it, a default name stands in.
    const bool cloud_form = !root.given("globals") && root.given("global_overrides");
    if (cloud_form)
        root.warning("globals", "is missing: the collector's name is `qualys`", "add `globals:` with `name:` below it");
    const auto globals =
        cloud_form ? section(standing_in, part::globals, "globals", out) : root.below("globals", part::globals);
    read_globals(globals, false, to, overrides);
    read_persistence(globals, around, to);
    // A clock that is earlier than a time of the saved state is not believed when start times are judged.
    around.clock_behind = around.checks.passed && around.now < around.checks.passed(to.state_directory);
    // Overrides come behind the globals that they change.
    if (const auto* given = root.value("global_overrides"); given != nullptr && given->is == node::kind::map)
    {
        const auto allowed = allowed_overrides(*given, out);
        read_globals(section(allowed, part::overrides, "global_overrides", out), true, to, overrides);
    }
    else
        root.entries("global_overrides");
    read_inputs(root, around, to);
    read_outputs(root, around, overrides, to);
    return to;
}

}  // namespace

outcome read(const location& location, utc_time now, const external_checks& checks)
{
    findings out(location.strict);
    outcome result;
    // Which files are read; one that is missing is reported there.
    const auto found = find_files(location, out);
    result.files = found.files;
    // A verb that needs no secrets must not fail for one that is missing.
    auto wanted = checks;
    if (!location.secrets)
    {
        wanted.identity = {};
        wanted.trust = {};
        wanted.proxy = {};
    }
    const bool packaged = is_packaged(found.files.config.path);
    // systemd separates several state directories by colons; the first one is ours.
    auto state = from_environment("STATE_DIRECTORY");
    state.resize(std::min(state.size(), state.find(':')));
    const surroundings around{
        now,
        false,
        location.secrets,
        packaged,
        wanted,
        found.directory,
        from_environment("CREDENTIALS_DIRECTORY"),
        state};

    // One file, or the pair as one tree; then the tree is read.
    if (found.usable)
    {
        node root;
        const auto& main_file = found.files.pair ? found.files.job_config.path : found.files.config.path;
        root = load(main_file, out);
        // The tree is needed to find the secrets in it.
        if (location.secrets)
            check_privacy(root, main_file, out);
        if (found.files.pair)
        {
            auto collector_file = load(found.files.collector_config.path, out);
            if (root.is == node::kind::map && collector_file.is == node::kind::map)
                root = from_collector_server(std::move(root), std::move(collector_file), out);
            else
                root = {};
        }
        // A file that could not be read at all would only add "is missing" to every key.
        if (root.is == node::kind::map)
        {
            // Everything is read to its end, so that one run reports every problem; the value counts without errors
            // only.
            auto value = read_root(root, around, out);
            if (!out.any_error())
                result.value = std::move(value);
        }
    }
    result.problems = std::move(out).in_order();
    return result;
}

}  // namespace qdc::settings
