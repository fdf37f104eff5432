#include "settings/collector_server.hpp"

#include "settings/section.hpp"

#include <map>
#include <utility>

// Two files in, one tree out, as config.yaml has it:
//
//   job_config.json         inputs             ->  inputs
//                           global_overrides   ->  global_overrides
//   collector_config.json   job_id, job_name   ->  globals.id, globals.name
//                           debug, state_store ->  globals.debug, globals.persistence
//                           loggers: [{type: relay, …}]  ->  outputs: {relay_0: …}
namespace qdc::settings
{
namespace
{

/// Moves the member `key`, if it is there, and gives it another name. It keeps its place in its file.
void move_member(node& source, std::string_view key, node& target, std::string name)
{
    for (auto& m : source.members)
        if (m.key == key)
            target.members.push_back({std::move(name), m.at, std::move(m.value)});
}

/// An empty map that counts as standing at `place`.
node map_at(const place& place)
{
    node out;
    out.is = node::kind::map;
    out.at = place;
    return out;
}

/// A logger or a state store may hold its settings directly, where config.yaml has a map `config`.
void wrap_config(node& owner)
{
    if (owner.is != node::kind::map || owner.find("config") != nullptr)
        return;
    auto config = map_at(owner.at);
    auto rest = map_at(owner.at);
    for (auto& m : owner.members)
        (m.key == "type" || m.key == "name" ? rest : config).members.push_back(std::move(m));
    if (!config.members.empty())
        rest.members.push_back({"config", owner.at, std::move(config)});
    owner = std::move(rest);
}

/// A list of loggers becomes outputs with the official collector's names: type and count.
node outputs_of(node loggers)
{
    auto outputs = map_at(loggers.at);
    std::map<std::string, int> count;
    for (auto& item : loggers.items)
    {
        const auto* type = item.find("type");
        const auto name = type != nullptr ? type->value.text : std::string("logger");
        const auto at = item.at;
        outputs.members.push_back({name + "_" + std::to_string(count[name]++), at, std::move(item)});
    }
    for (auto& m : loggers.members)
        outputs.members.push_back(std::move(m));
    for (auto& m : outputs.members)
        wrap_config(m.value);
    return outputs;
}

}  // namespace

node from_collector_server(node job, node collector, findings& out)
{
    auto root = map_at(job.at);
    if (job.find("inputs") == nullptr && job.is == node::kind::map)
    {
        // "Just the inputs": the file is the map of inputs.
        const auto at = job.at;
        move_member(job, "global_overrides", root, "global_overrides");
        std::erase_if(job.members, [](const member& m) { return m.key == "global_overrides"; });
        root.members.push_back({"inputs", at, std::move(job)});
    }
    else
    {
        // Reports unknown and missing keys; what is inside is read later, with the complete tree.
        const section checked(job, part::job, {}, out);
        move_member(job, "global_overrides", root, "global_overrides");
        move_member(job, "inputs", root, "inputs");
    }

    // The other file has the globals and the outputs.
    const section checked(collector, part::collector_file, {}, out);
    auto globals = map_at(collector.at);
    move_member(collector, "job_id", globals, "id");
    move_member(collector, "job_name", globals, "name");
    move_member(collector, "debug", globals, "debug");
    move_member(collector, "state_store", globals, "persistence");
    for (auto& m : globals.members)
        if (m.key == "persistence")
            wrap_config(m.value);
    root.members.push_back({"globals", collector.at, std::move(globals)});
    for (auto& m : collector.members)
        if (m.key == "loggers")
            root.members.push_back({"outputs", m.at, outputs_of(std::move(m.value))});
    return root;
}

}  // namespace qdc::settings
