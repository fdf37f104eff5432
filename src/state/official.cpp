#include "state/official.hpp"

#include "state/digest.hpp"
#include "state/disk.hpp"
#include "state/pickle.hpp"

#include <fmt/core.h>

namespace qdc::state
{
namespace
{

// Far above what the official collector keeps; it only keeps a foreign file of that name out of the memory.
constexpr std::size_t longest_import = 16u << 20;

/// Takes the four members out of a document; remembers the first that is of a wrong type.
class members
{
public:
    explicit members(const pickle_document& document) : document_(document), root_(document.values[document.root]) {}

    std::optional<std::string> text(std::string_view name) { return scalar<std::string>(name, "string"); }

    std::optional<std::int64_t> number(std::string_view name) { return scalar<std::int64_t>(name, "number"); }

    std::vector<std::string> ids(std::string_view name)
    {
        std::vector<std::string> out;
        const auto list = scalar<pickle_value::list>(name, "list");
        if (!list)
            return out;
        for (const auto index : *list)
        {
            // A number in the list counts by its digits.
            const auto& item = document_.values[index].content;
            if (const auto* text = std::get_if<std::string>(&item))
                out.push_back(*text);
            else if (const auto* number = std::get_if<std::int64_t>(&item))
                out.push_back(std::to_string(*number));
            else
                complain(fmt::format("{} holds something that is neither a string nor a number", name));
        }
        return out;
    }

    const std::string& problem() const noexcept { return problem_; }

private:
    /// A member of that type; missing and None are nothing, another type is a complaint.
    template <class T>
    std::optional<T> scalar(std::string_view name, std::string_view kind)
    {
        const auto* found = document_.member(root_, name);
        if (found == nullptr || std::holds_alternative<std::nullptr_t>(found->content))
            return std::nullopt;
        if (const auto* value = std::get_if<T>(&found->content))
            return *value;
        complain(fmt::format("{} is not a {}", name, kind));
        return std::nullopt;
    }

    /// Remembers the first problem; what follows may come of it.
    void complain(std::string text)
    {
        if (problem_.empty())
            problem_ = std::move(text);
    }

    const pickle_document& document_;
    const pickle_value& root_;
    std::string problem_;
};

}  // namespace

std::string official_file_name(const state_key& key)
{
    return md5_hex(key.input + ';' + key.id + ';' + key.service + ";None");
}

official_outcome read_official(std::string_view bytes)
{
    // Two things may be wrong with a file: it is no pickle of plain data, or its members are of other types.
    const auto pickle = read_pickle(bytes);
    if (!pickle.value)
        return {std::nullopt, pickle.problem};
    const auto& document = *pickle.value;
    if (!std::holds_alternative<pickle_value::dictionary>(document.values[document.root].content))
        return {std::nullopt, "it holds no dictionary"};
    // The persistence is a dictionary; the four members are taken out of it by name.
    members from(document);
    official_state state;
    state.persistence_version = from.number("@persistence_version");
    state.start_time_str = from.text("start_time_str");
    state.last_event_time_str = from.text("last_event_time_str");
    state.last_ids = from.ids("last_ids");
    if (!from.problem().empty())
        return {std::nullopt, from.problem()};
    return {std::move(state), {}};
}

result<official_outcome> read_official(const std::filesystem::path& directory, const state_key& key)
{
    const auto bytes = read_file(directory / official_file_name(key), longest_import);
    if (!bytes)
        return bytes.error();
    return read_official(*bytes);
}

}  // namespace qdc::state
