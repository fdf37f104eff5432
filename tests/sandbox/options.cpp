#include "sandbox/options.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>

namespace qdc::sandbox
{
namespace
{

template <class Number>
Number parse_number(std::string_view name, std::string_view text)
{
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size())
        throw std::runtime_error(std::string(name) + ": \"" + std::string(text) + "\" is not a number");
    return value;
}

bool parse_flag(std::string_view name, std::string_view text)
{
    if (text == "1" || text == "true" || text == "on")
        return true;
    if (text == "0" || text == "false" || text == "off")
        return false;
    throw std::runtime_error(std::string(name) + ": \"" + std::string(text) + "\" is neither on nor off");
}

/// The value of the last `KEY=VALUE` in `list` whose key is `key`.
std::string last_value(const std::vector<std::string>& list, std::string_view key)
{
    for (auto entry = list.rbegin(); entry != list.rend(); ++entry)
    {
        const auto at = entry->find('=');
        if (at != std::string::npos && std::string_view(*entry).substr(0, at) == key)
            return entry->substr(at + 1);
    }
    return {};
}

struct option_setter
{
    options& into;
    const option_entry& entry;
    std::string_view text;

    void operator()(bool options::*slot) const { into.*slot = parse_flag(entry.name, text); }

    void operator()(std::uint64_t options::*slot) const { into.*slot = parse_number<std::uint64_t>(entry.name, text); }

    void operator()(std::int64_t options::*slot) const { into.*slot = parse_number<std::int64_t>(entry.name, text); }

    void operator()(std::string options::*slot) const { into.*slot = text; }

    void operator()(std::vector<std::string> options::*slot) const { (into.*slot).emplace_back(text); }
};

const option_entry* find_option(std::string name)
{
    std::replace(name.begin(), name.end(), '-', '_');
    for (const auto& entry : option_table())
        if (entry.name == name)
            return &entry;
    return nullptr;
}

/// `--services a,b` names the whole list; each use of the other list options adds one entry.
void set_services(options& into, std::string_view text)
{
    into.services.clear();
    while (!text.empty())
    {
        const auto comma = text.find(',');
        const auto name = text.substr(0, comma);
        if (default_tag(name).empty())
            throw std::runtime_error("services: \"" + std::string(name) + "\" is no service");
        into.services.emplace_back(name);
        text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
    }
}

}  // namespace

std::string_view default_tag(std::string_view service)
{
    if (service == "vm_scans")
        return "vuln.qualys.vulnerabilities";
    if (service == "host_list")
        return "vuln.qualys.hosts";
    if (service == "host_list_detection")
        return "vuln.qualys.hostdetections";
    if (service == "user_activity")
        return "vuln.qualys.useractivitylog";
    if (service == "knowledge_base")
        return "my.app.qualys.knowledgebase";
    return {};
}

instant options::begin() const
{
    const auto at = parse_instant(epoch);
    if (!at)
        throw std::runtime_error("epoch: \"" + epoch + "\" is not a time like 2026-11-22T10:00:00Z");
    return *at;
}

bool options::plays(std::string_view service) const
{
    return std::find(services.begin(), services.end(), service) != services.end();
}

bool options::plays_changes() const
{
    return deliver != "all" && plays("host_list_detection");
}

std::string options::changes_tag() const
{
    if (!plays_changes())
        return {};
    return deliver == "changes" ? tag_of("host_list_detection") : "my.app.qualys.changes";
}

std::map<std::string, std::string> options::filters_of(std::string_view service) const
{
    std::map<std::string, std::string> found;
    for (const auto& entry : filter)
    {
        const auto dot = entry.find('.');
        const auto equals = entry.find('=');
        if (dot == std::string::npos || equals == std::string::npos || dot > equals)
            throw std::runtime_error("filter: \"" + entry + "\" is not SERVICE.NAME=VALUE");
        if (std::string_view(entry).substr(0, dot) == service)
            found[entry.substr(dot + 1, equals - dot - 1)] = entry.substr(equals + 1);
    }
    return found;
}

std::string options::tag_of(std::string_view service) const
{
    const auto own = last_value(tag, service);
    return own.empty() ? std::string(default_tag(service)) : own;
}

std::string options::start_of(std::string_view service) const
{
    return last_value(start_time, service);
}

void set_option(options& into, const option_entry& entry, std::string_view text)
{
    if (entry.name == "services")
        return set_services(into, text);
    std::visit(option_setter{into, entry, text}, entry.slot);
}

void parse_options(options& into, const std::vector<std::string>& arguments, std::vector<std::string>& extra)
{
    for (std::size_t at = 0; at < arguments.size(); ++at)
    {
        const auto& word = arguments[at];
        const auto equals = word.find('=');
        if (word.rfind("--", 0) != 0)
        {
            extra.push_back(word);
            continue;
        }
        const auto name = word.substr(2, equals == std::string::npos ? equals : equals - 2);
        const auto* entry = find_option(name);
        if (entry == nullptr && name.rfind("no-", 0) == 0)
        {
            entry = find_option(name.substr(3));
            if (entry != nullptr && std::holds_alternative<bool options::*>(entry->slot))
            {
                set_option(into, *entry, "off");
                continue;
            }
            entry = nullptr;
        }
        if (entry == nullptr)
            extra.push_back(word);
        else if (equals != std::string::npos)
            set_option(into, *entry, std::string_view(word).substr(equals + 1));
        else if (std::holds_alternative<bool options::*>(entry->slot))
            set_option(into, *entry, "on");
        else if (++at < arguments.size())
            set_option(into, *entry, arguments[at]);
        else
            throw std::runtime_error(word + " needs a value");
    }
}

}  // namespace qdc::sandbox
