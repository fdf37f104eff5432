#include "sandbox/verify.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <cstdio>

namespace qdc::sandbox
{
namespace
{

namespace json = boost::json;

json::array list(const std::vector<std::string>& texts)
{
    json::array out;
    for (const auto& text : texts)
        out.emplace_back(text);
    return out;
}

json::object members_of(const service_verdict& one)
{
    return {
        {"expected", one.expected},
        {"allowed", one.allowed},
        {"received", one.received},
        {"missing", one.missing},
        {"invented", one.invented},
        {"altered", one.altered},
        {"duplicates", one.duplicates},
        {"samples", list(one.samples)},
    };
}

}  // namespace

std::string to_table(const verdict& from)
{
    std::string out;
    char line[200];
    const auto add = [&out, &line](int size) { out.append(line, static_cast<std::size_t>(size)); };
    constexpr auto* head = "%-20s %10s %10s %9s %9s %9s %10s\n";
    add(std::snprintf(
        line, sizeof line, head, "service", "expected", "received", "missing", "invented", "altered", "duplicates"
    ));
    const auto row = [&add, &line, &out](std::string_view name, const service_verdict& one)
    {
        add(std::snprintf(
            line,
            sizeof line,
            "%-20s %10lu %10lu %9lu %9lu %9lu %10lu\n",
            name.data(),
            one.expected,
            one.received,
            one.missing,
            one.invented,
            one.altered,
            one.duplicates
        ));
        for (const auto& sample : one.samples)
            out += "    " + sample + '\n';
    };
    for (std::size_t i = 0; i < service_names.size(); ++i)
        row(service_names[i], from.services[i]);
    if (from.changes)
        row("changes", *from.changes);
    out += "telemetry " + std::to_string(from.telemetry) + ", unknown tag " + std::to_string(from.unknown_tag) +
           ", malformed " + std::to_string(from.malformed) + '\n';
    for (const auto& sample : from.samples)
        out += "    " + sample + '\n';
    return out + (from.complete() ? "complete\n" : "NOT complete\n");
}

std::string to_json_text(const verdict& from)
{
    json::object services;
    for (std::size_t i = 0; i < service_names.size(); ++i)
        services[service_names[i]] = members_of(from.services[i]);
    if (from.changes)
    {
        services["changes"] = members_of(*from.changes);
        services["changes"].as_object()["duplicate_bytes"] = from.changes->duplicate_bytes;
    }
    return json::serialize(json::object{
        {"complete", from.complete()},
        {"duplicates", from.duplicates()},
        {"services", std::move(services)},
        {"telemetry", from.telemetry},
        {"unknown_tag", from.unknown_tag},
        {"malformed", from.malformed},
        {"samples", list(from.samples)},
    });
}

}  // namespace qdc::sandbox
