#include "state/inspect.hpp"

#include "base/json_object.hpp"
#include "state/directory_lock.hpp"
#include "state/failure.hpp"
#include "state/file_name.hpp"
#include "state/generations.hpp"

#include <map>

namespace qdc::state
{
namespace
{

/// Either generation makes its key known: a crash may have left only the previous one.
result<std::map<std::string, state_key>> keys_of(const std::filesystem::path& directory)
{
    std::map<std::string, state_key> keys;
    std::error_code ec;
    for (auto it = std::filesystem::directory_iterator(directory, ec); !ec && it != end(it); it.increment(ec))
        if (auto key = key_of(it->path().filename().native()))
        {
            auto file = names_of(*key).newest;
            keys.emplace(std::move(file), std::move(*key));
        }
    if (ec)
        return error_code(ec);
    return keys;
}

/// One checkpoint as a JSON object.
void append_entry(std::string& out, const entry& one)
{
    json_object object(out);
    object.text("input", one.key.input).text("id", one.key.id).text("service", one.key.service);
    object.number("generation", one.generation).text("saved_at", one.saved_at);
    if (!one.problem.empty())
        object.text("problem", one.problem);
    object.value("state", one.text.empty() ? "null" : one.text).end();
}

}  // namespace

result<std::vector<entry>> list(const std::filesystem::path& directory)
{
    auto keys = keys_of(directory);
    if (!keys)
        return keys.error();
    std::vector<entry> entries;
    for (const auto& [file, key] : *keys)
    {
        // An entry that cannot be read stays in the list, with the reason.
        auto found = find(directory, key);
        auto& one = entries.emplace_back();
        one.key = key;
        one.file = file;
        one.problem = std::move(found.problem);
        if (!found.value)
            continue;
        one.generation = found.value->number;
        one.saved_at = std::move(found.value->saved_at);
        one.text = std::move(found.value->text);
    }
    return entries;
}

std::string why_unusable(const std::filesystem::path& directory, const state_key& key)
{
    return find(directory, key).problem;
}

result<void> reset(const std::filesystem::path& directory, const state_key& key)
{
    // Asked first: to lock a directory makes it, and a mistyped name must not leave one behind.
    const auto found = find(directory, key);
    if (!found.value && !found.error)
        return make_error_code(failure::no_such_state);
    const auto lock = directory_lock::take(directory);
    if (!lock)
        return lock.error();
    return set_aside(directory, key);
}

result<void> set(const std::filesystem::path& directory, const state_key& key, std::string_view text, utc_time now)
{
    const auto lock = directory_lock::take(directory);
    if (!lock)
        return lock.error();
    return write(directory, key, text, now);
}

std::string export_document(const std::vector<entry>& entries)
{
    std::string out = "{\"format\":1,\"states\":[";
    for (const auto& one : entries)
    {
        if (&one != &entries.front())
            out += ',';
        append_entry(out, one);
    }
    out += "]}\n";
    return out;
}

}  // namespace qdc::state
