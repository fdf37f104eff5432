#include "base/text.hpp"
#include "qualys/end_of_life.hpp"
#include "services/catalogue.hpp"
#include "settings/files.hpp"
#include "settings/readers.hpp"
#include "settings/values.hpp"

#include <algorithm>
#include <cctype>

namespace qdc::settings
{
namespace
{

/// "5.0" or "auto"; a bare "5" is the same version.
std::string read_version(const section& versions, std::string_view key)
{
    auto version = lowered(versions.text(key));
    if (version == "auto")
        return version;
    if (parse_whole(version))
        version += ".0";
    const auto dot = version.find('.');
    const auto digits = [](std::string_view text)
    { return !text.empty() && text.size() <= 3 && text.find_first_not_of("0123456789") == text.npos; };
    if (dot == version.npos || !digits(version.substr(0, dot)) || !digits(version.substr(dot + 1)))
        versions.error(key, shown(version) + " is no API version", "write a version like 5.0, or auto");
    return version;
}

/// Reads the API version of each endpoint that a service asks, and warns of those that Qualys removes.
void read_versions(const section& versions, utc_time now, input& to)
{
    // Two services may ask the same endpoint: it is then read twice, with the same result.
    for (const auto* const kind : services::catalogue())
    {
        for (const qualys::endpoint& one : kind->endpoints)
        {
            const auto version = read_version(versions, one.name);
            if (const auto end = qualys::end_of_life(one, version, now))
                versions.warning(
                    one.name,
                    *end + ", as Qualys announced",
                    "write " + std::string(one.versions.front().number) + ", or auto"
                );
            to.api_versions[std::string(one.name)] = version;
        }
    }
}

/// Nothing: as many as the limits of the endpoint allow.
std::optional<int> read_lanes(const section& section)
{
    const auto text = lowered(section.text("lanes"));
    if (text == "auto")
        return std::nullopt;
    const auto number = parse_whole(text);
    if (!number || *number < 1 || *number > 10)
    {
        section.error("lanes", shown(text) + " is no number of lanes", "write auto, or a number from 1 to 10");
        return std::nullopt;
    }
    return static_cast<int>(*number);
}

/// What detections carry has to be fetched by somebody.
void check_enrich(const section& section, const input& read)
{
    const auto has = [&read](std::string_view name)
    {
        return std::any_of(
            read.services.begin(), read.services.end(), [name](const auto& one) { return one.name == name; }
        );
    };
    for (const auto& one : read.services)
        if (one.keys.contains("enrich") && !has("knowledge_base"))
            section.error(
                "services",
                "enrich of " + one.name + " needs the service knowledge_base",
                "add `knowledge_base: {}`, or `knowledge_base: {deliver: false}` for the index without events"
            );
}

/// Reads `services`; one that cannot be read is reported and left out.
void read_services(const section& section, const surroundings& around, input& to)
{
    const auto& services = section.entries("services");
    if (const auto* value = section.value("services");
        value != nullptr && value->is == node::kind::map && services.empty())
        section.error("services", "is empty, so nothing would be collected", "add a service, as `vm_scans: {}`");
    for (const auto& m : services)
        if (auto one = read_service(m, section.path_of("services"), around, section.out()))
            to.services.push_back(std::move(*one));
    check_enrich(section, to);
}

/// Name and id stand in the names of state files, where every character but letters, digits, _ and - becomes three.
void check_length(const section& section, const std::string& name, const std::string& id)
{
    // A file's name has at most 255 bytes: the two, the longest name of a service, ".reset.json.tmp" and dots between.
    std::size_t longest_service = 0;
    for (const auto* const kind : services::catalogue())
        longest_service = std::max(longest_service, kind->name.size());
    const auto most =
        255 - longest_service - std::string_view("..").size() - std::string_view(".reset.json.tmp").size();
    const auto bytes = [](const std::string& text)
    {
        std::size_t sum = 0;
        for (const char c : text)
            sum += std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' ? 1 : 3;
        return sum;
    };
    if (const auto sum = bytes(name) + bytes(id); sum > most)
        section.error(
            "id",
            "makes names of state files that are too long: " + std::to_string(sum) + " bytes with the input's name",
            "shorten one of the two: at most " + std::to_string(most) +
                " bytes together, three for each character but letters, digits, _ and -"
        );
}

/// A name becomes part of file names and of log lines.
void check_name(const section& section, const std::string& name)
{
    const bool plain = std::all_of(
        name.begin(), name.end(), [](char c) { return c != '/' && c != ';' && static_cast<unsigned char>(c) >= ' '; }
    );
    if (name.empty() || !plain || name == "." || name == "..")
        section.out().error(
            section.map().at, section.path(), shown(name) + " is no name of an input", "write letters, digits, _ and -"
        );
}

}  // namespace

std::optional<input>
read_input(const member& configured, const std::string& path, const surroundings& around, findings& out)
{
    const auto full = join_path(path, configured.key);
    if (configured.value.is != node::kind::map)
    {
        out.error(
            configured.at,
            full,
            "is " + std::string(kind_name(configured.value)) + ", where a map is due",
            "write id, credentials and services below it, indented"
        );
        return {};
    }
    // An input that is switched off may be half written: only its switch is looked at.
    if (const auto* enabled = configured.value.find("enabled"); enabled != nullptr)
        if (parse_flag(tidy(enabled->value.text).text) == false)
            return {};

    // Reports unknown and missing keys of the input at once; what follows reads value by value.
    const section from(configured.value, part::input, full, out);
    input to;
    to.name = configured.key;
    check_name(from, to.name);
    from.flag("enabled");
    to.id = from.text("id");
    check_length(from, to.name, to.id);
    to.environment = from.text("environment");
    // A map that is missing is one problem, not one for each of its keys.
    const auto login = from.below("credentials", part::credentials);
    if (!login.map().members.empty() || from.given("credentials"))
        read_credentials(login, around, to);

    // Trust and proxy are checked against the host, so they come behind it.
    const auto tls = from.below("tls", part::input_tls);
    if (around.secrets)
    {
        to.ca_file = look_up(tls, "ca_file", around.directory / "certs").string();
        if (around.checks.trust && why_unreadable(to.ca_file).empty())
            report_remarks(tls, around.checks.trust(to));
    }
    to.proxy = read_proxy(from, to.host, to.port, around.checks);
    // How Qualys is asked: versions, calls at once, timeouts, limits.
    const auto versions = from.below("api_versions", part::api_versions);
    read_versions(versions, around.now, to);
    to.lanes = read_lanes(from);
    to.quota_share = from.decimal("quota_share");
    to.connect_timeout = from.seconds("connect_timeout_in_seconds");
    to.first_byte_timeout = from.seconds("first_byte_timeout_in_seconds");
    to.idle_timeout = from.seconds("idle_timeout_in_seconds");
    to.limits = read_limits(from);
    read_services(from, around, to);
    return to;
}

}  // namespace qdc::settings
