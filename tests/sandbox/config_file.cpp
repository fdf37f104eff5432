#include "sandbox/config_file.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace qdc::sandbox
{
namespace
{

namespace fs = std::filesystem;

std::string yaml_text(std::string_view text)
{
    std::string out = "\"";
    for (const char c : text)
    {
        if (c == '"' || c == '\\')
            out += '\\';
        out += c;
    }
    return out + '"';
}

/// `New,Fixed` becomes a list, as the official page writes the status filter.
std::string filter_value(const std::string& name, const std::string& value)
{
    if (name != "status")
        return ' ' + yaml_text(value) + '\n';
    std::string out = "\n";
    for (std::string_view left = value; !left.empty();)
    {
        const auto part = left.substr(0, left.find(','));
        out += "            - " + yaml_text(part) + '\n';
        left.remove_prefix(std::min(left.size(), part.size() + 1));
    }
    return out;
}

/// The KnowledgeBase is not asked more often than once an hour.
std::int64_t period_of(const options& from, const std::string& service)
{
    return service == "knowledge_base" ? std::max<std::int64_t>(from.request_period, 3600) : from.request_period;
}

std::string service_block(const options& from, const std::string& service)
{
    std::string out =
        "      " + service + ":\n        request_period_in_seconds: " + std::to_string(period_of(from, service));
    out += '\n';
    if (const auto tag = from.tag_of(service); tag != default_tag(service))
        out += "        override_tag: " + tag + '\n';
    if (const auto start = from.start_of(service); !start.empty())
        out += "        start_time_utc: " + yaml_text(start) + '\n';
    if (from.page_size > 0 && service != "vm_scans" && service != "knowledge_base")
        out += "        page_size: " + std::to_string(from.page_size) + '\n';
    if (from.settle_delay >= 0)
        out += "        settle_delay_in_seconds: " + std::to_string(from.settle_delay) + '\n';
    if (from.exclude_own_activity && service == "user_activity")
        out += "        exclude_own_activity: true\n";
    if (!from.kb_deliver && service == "knowledge_base")
        out += "        deliver: false\n";
    if (!from.kb_texts && service == "knowledge_base")
        out += "        texts: false\n";
    if (from.deliver != "all" && service == "host_list_detection")
        out += "        deliver: " + from.deliver + '\n';
    if (!from.enrich.empty() && service == "host_list_detection")
    {
        out += "        enrich:\n";
        for (const auto& member : from.enrich)
            out += "          - " + member + '\n';
    }
    const auto filters = from.filters_of(service);
    out += filters.empty() ? "" : "        filters:\n";
    for (const auto& [name, value] : filters)
        out += "          " + name + ':' + filter_value(name, value);
    return out;
}

}  // namespace

std::string collector_config(const options& from, unsigned short qualys_port, unsigned short devo_port)
{
    const auto certs = fs::absolute(fs::path(from.directory) / "certs");
    std::string out = R"(globals:
  debug: false
  id: not_used
  name: sandbox_collector
  persistence:
    type: filesystem
    config:
      directory_name: state
)";
    if (from.status_port >= 0)
        out += "  status:\n    port: " + std::to_string(from.status_port) + '\n';
    out += R"(outputs:
  devo_1:
    type: devo_platform
    config:
      address: localhost
      port: )" +
           std::to_string(devo_port) + R"(
      type: SSL
      chain: chain.crt
      cert: domain.crt
      key: domain.key
inputs:
  qualys:
    id: 1001
    enabled: true
)";
    if (!from.environment.empty())
        out += "    environment: " + yaml_text(from.environment) + '\n';
    if (from.lanes > 0)
        out += "    lanes: " + std::to_string(from.lanes) + '\n';
    out += "    credentials:\n      hostname: localhost:" + std::to_string(qualys_port) + '\n';
    out += "      username: " + yaml_text(from.user) + "\n      password: " + yaml_text(from.password) + '\n';
    out += "    tls:\n      ca_file: " + yaml_text((certs / "qualys-ca.crt").string()) + "\n    services:\n";
    for (const auto& service : from.services)
        out += service_block(from, service);
    return out;
}

void write_whole_file(const std::string& path, const std::string& text)
{
    const auto temporary = path + ".new";
    std::ofstream file(temporary, std::ios::binary | std::ios::trunc);
    file << text;
    file.close();
    if (!file)
        throw std::runtime_error("cannot write " + path);
    fs::permissions(temporary, fs::perms::owner_read | fs::perms::owner_write);
    fs::rename(temporary, path);
}

void write_collector_config(const options& from, unsigned short qualys_port, unsigned short devo_port)
{
    const fs::path directory = from.directory;
    fs::create_directories(directory / "config");
    fs::create_directories(directory / "state");
    write_whole_file(directory / "config" / "config.yaml", collector_config(from, qualys_port, devo_port));
}

}  // namespace qdc::sandbox
