#include "sandbox/options_json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <stdexcept>

namespace qdc::sandbox
{
namespace
{

namespace json = boost::json;

struct slot_reader
{
    const options& from;

    json::value operator()(std::vector<std::string> options::*slot) const
    {
        json::array list;
        for (const auto& text : from.*slot)
            list.emplace_back(text);
        return list;
    }

    json::value operator()(std::string options::*slot) const { return json::string(from.*slot); }

    json::value operator()(auto slot) const { return json::value(from.*slot); }
};

std::string as_text(const json::value& value)
{
    if (value.is_string())
        return std::string(value.get_string());
    return json::serialize(value);
}

}  // namespace

json::object to_json(const options& from)
{
    json::object object;
    for (const auto& entry : option_table())
        object[entry.name] = std::visit(slot_reader{from}, entry.slot);
    return object;
}

void from_json(options& into, const json::object& object, bool only_live)
{
    for (const auto& member : object)
    {
        const std::string_view name = member.key();
        const option_entry* found = nullptr;
        for (const auto& entry : option_table())
            if (entry.name == name)
                found = &entry;
        if (found == nullptr)
            throw std::runtime_error("there is no option " + std::string(name));
        if (only_live && !found->live)
            throw std::runtime_error(std::string(name) + " cannot change while the sandbox runs");
        if (!member.value().is_array())
        {
            set_option(into, *found, as_text(member.value()));
            continue;
        }
        const auto* list = std::get_if<std::vector<std::string> options::*>(&found->slot);
        if (list == nullptr)
            throw std::runtime_error(std::string(name) + " is not a list");
        std::vector<std::string> texts;
        for (const auto& value : member.value().get_array())
            texts.push_back(as_text(value));
        into.** list = std::move(texts);
    }
}

}  // namespace qdc::sandbox
