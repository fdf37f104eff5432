#include "services/knowledge_base/entry.hpp"

#include "base/fingerprint.hpp"
#include "base/json_text.hpp"
#include "services/changes/json_members.hpp"

#include <algorithm>

namespace qdc::services
{
namespace
{

constexpr std::size_t print_bytes = 8;

/// Eight bytes, the lowest first.
void append_print(std::string& out, std::uint64_t print)
{
    for (std::size_t byte = 0; byte < print_bytes; ++byte)
        out += static_cast<char>(print >> (8 * byte));
}

std::uint64_t read_print(std::string_view bytes)
{
    std::uint64_t print = 0;
    for (std::size_t byte = 0; byte < print_bytes; ++byte)
        print |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[byte])) << (8 * byte);
    return print;
}

/// Takes the elements off the front of a compact JSON array, one after the other.
std::string_view next_element(std::string_view& rest)
{
    if (rest.starts_with('[') || rest.starts_with(','))
        rest.remove_prefix(1);
    if (rest.empty() || rest.front() == ']')
        return {};
    const auto element = rest.substr(0, json_value_length(rest));
    rest.remove_prefix(element.size());
    return element;
}

/// The IDs of one CVE element, with quotes, behind what `out` has.
void append_ids_of(std::string& out, std::string_view cve)
{
    json_members members(cve);
    for (json_member member; members.next(member);)
    {
        if (member.name != "ID")
            continue;
        if (out.back() != '[')
            out += ',';
        out += '"';
        out += text_of_value(member.value);
        out += '"';
    }
}

/// {"CVE":[{"ID":"CVE-2024-1","URL":"…"},…]} becomes ["CVE-2024-1",…].
std::string cve_ids(std::string_view list)
{
    std::string out = "[";
    json_members members(list);
    for (json_member member; members.next(member);)
    {
        if (member.name != "CVE")
            continue;
        auto rest = member.value;
        for (auto cve = next_element(rest); !cve.empty(); cve = next_element(rest))
            append_ids_of(out, cve);
    }
    return out + ']';
}

}  // namespace

std::string encode(const kb_entry& entry)
{
    std::string out;
    out.reserve(2 * print_bytes + entry.members.size());
    append_print(out, entry.event);
    append_print(out, entry.names);
    return out += entry.members;
}

std::optional<kb_entry> decode_kb_entry(std::string_view bytes)
{
    if (bytes.size() < 2 * print_bytes)
        return std::nullopt;
    return kb_entry{read_print(bytes), read_print(bytes.substr(print_bytes)), bytes.substr(2 * print_bytes)};
}

std::uint64_t print_of_names(const std::vector<std::string>& names)
{
    std::uint64_t print = 0;
    for (const auto& name : names)
        print = fingerprint(name, print);
    return print;
}

std::string joined_members(std::string_view event, const std::vector<std::string>& names)
{
    // One pass over the event; each value goes to the place of its name.
    std::vector<std::string_view> values(names.size());
    json_members members(event);
    for (json_member member; members.next(member);)
        if (const auto found = std::find(names.begin(), names.end(), member.name); found != names.end())
            values[static_cast<std::size_t>(found - names.begin())] = member.value;

    // The order is that of the names, whatever the order of the event is.
    std::string out = "{";
    for (std::size_t place = 0; place < names.size(); ++place)
    {
        if (values[place].empty())
            continue;
        if (out.size() > 1)
            out += ',';
        out += '"' + names[place] + "\":";
        if (names[place] == "CVE_LIST")
            out += cve_ids(values[place]);
        else
            out += values[place];
    }
    return out + '}';
}

}  // namespace qdc::services
