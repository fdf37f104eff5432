#pragma once

#include "base/secret.hpp"
#include "base/utc.hpp"
#include "settings/problem.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace qdc::settings
{

/// The checked configuration. Every value is in range and every default is filled in, so nobody asks twice.
/// The keys behind each member, their aliases, ranges and defaults: settings/schema.cpp and config/config.example.yaml.

/// One rule of `obfuscation_data`: what is replaced, and by what.
struct obfuscation_rule
{
    std::vector<std::string> path;           ///< member names from the root; "*" is every member or list item
    std::optional<std::string> replacement;  ///< JSON text of `value`; nothing: the default of the value's type
    std::vector<std::string> patterns;       ///< regular expressions: replace only what matches, in strings

    bool operator==(const obfuscation_rule&) const = default;
};

/// At most `calls` within `period`, counted over a sliding window.
struct request_limit
{
    std::chrono::seconds period{};
    std::uint32_t calls{0};

    bool operator==(const request_limit&) const = default;
};

/// One service of an input.
struct service
{
    std::string name;                            ///< "host_list_detection" …
    std::chrono::seconds period{60};             ///< request_period_in_seconds
    std::string tag;                             ///< override_tag, else the table of the service
    std::optional<utc_time> start_time;          ///< start_time_utc; in the future only by a clock that is behind
    std::map<std::string, std::string> filters;  ///< parameters of the endpoint, lists joined by commas
    std::uint32_t page_size{1000};               ///< first truncation_limit
    std::chrono::seconds settle_delay{60};
    std::chrono::seconds overlap{120};
    std::map<std::string, std::string> extra_parameters;  ///< unknown to us, sent as they are written
    std::map<std::string, std::string> keys;              ///< of this service's own, by name: flags as true and false
    std::vector<obfuscation_rule> obfuscation;
    std::vector<request_limit> limits;  ///< of this service, besides those of its input

    bool operator==(const service&) const = default;
};

/// How an input logs in to Qualys.
struct credentials
{
    std::string username;
    secret password;
    secret next_password;                      ///< tried once when `password` is refused; empty: none
    std::vector<std::filesystem::path> files;  ///< that they came from, besides the configuration

    bool operator==(const credentials&) const = default;
};

/// One Qualys subscription, with what is pulled from it.
struct input
{
    std::string name;         ///< the key under `inputs`
    std::string id;           ///< spelled as configured: "00123" stays
    std::string environment;  ///< empty: no @devo_environment
    std::string host;         ///< Qualys API server, without scheme
    std::string port{"443"};
    credentials login;
    std::string ca_file;  ///< empty: the system's trust store
    secret proxy;         ///< may hold a password; `none`: no proxy; empty: HTTPS_PROXY and NO_PROXY decide
    std::map<std::string, std::string> api_versions;  ///< by the name of the endpoint; of all that a service asks
    double quota_share{0.8};                          ///< (0, 1]
    std::optional<int> lanes;  ///< calls of one service under way at once, 1 to 10; nothing: `auto`
    std::chrono::seconds connect_timeout{30};
    std::chrono::seconds first_byte_timeout{600};
    std::chrono::seconds idle_timeout{120};
    std::vector<request_limit> limits;
    std::vector<service> services;

    bool operator==(const input&) const = default;
};

/// What an output speaks; behind each, the values of `type` that choose it.
enum class output_kind
{
    devo_tls,   ///< devo_platform, relay
    plain_tcp,  ///< in_house_relay, syslog, sidecar
    console,    ///< console, stdout
};

/// How delivery is confirmed; see qualys-devo-collector-operations(7), CONFIRMED.
enum class confirmation
{
    eof,
    tcp,
    none,
};

/// One receiver of events.
struct output
{
    std::string name;
    output_kind kind{output_kind::devo_tls};
    std::string address;
    std::string port{"443"};
    std::filesystem::path chain;  ///< absolute or relative to the working directory: already looked up
    std::filesystem::path certificate;
    std::filesystem::path key;
    std::filesystem::path ca_file;  ///< trust; the chain file when not given
    secret proxy;                   ///< devo_tls: as that of an input
    bool check_hostname{true};
    std::optional<int> security_level;  ///< nothing: OpenSSL's own
    confirmation confirm{confirmation::eof};
    std::size_t replay_buffer_bytes{8u << 20};
    bool compress{false};  ///< gzip members in the stream
    int compression_level{6};
    std::chrono::seconds connect_timeout{30};
    std::chrono::seconds send_timeout{30};
    std::chrono::seconds statistics_period{300};

    bool operator==(const output&) const = default;
};

/// Where the status endpoint listens.
struct status_endpoint
{
    bool enabled{true};
    std::string address{"127.0.0.1"};
    std::uint16_t port{9688};

    bool operator==(const status_endpoint&) const = default;
};

/// Where checkpoints are kept. In memory they are lost with the process.
enum class persistence
{
    filesystem,
    memory,
};

/// All of the configuration.
struct collector
{
    std::string name;
    std::string id;
    bool debug{false};
    bool internal_events{true};
    std::string hostname;      ///< HOST of a frame; the machine's name when not configured
    std::string receipts_tag;  ///< of each cycle's receipt as an event; empty: it is not sent
    status_endpoint status;
    persistence state{persistence::filesystem};
    std::filesystem::path directory;        ///< holds config/, certs/ and state/: qualys-devo-collector(1), FILES
    std::filesystem::path state_directory;  ///< absolute
    std::vector<input> inputs;              ///< enabled ones only
    std::vector<output> outputs;

    bool operator==(const collector&) const = default;
};

/// One place where a configuration was looked for.
struct candidate
{
    std::filesystem::path path;
    bool standard{false};  ///< the built-in location, not one that somebody named
    bool exists{false};    ///< a regular file
};

/// Where the configuration came from; the official start-up lines report all three.
struct sources
{
    candidate config;
    candidate job_config;
    candidate collector_config;
    bool pair{false};  ///< job_config and collector_config were read, config was not
};

/// `value` is there when no problem is an error.
struct outcome
{
    std::optional<collector> value;
    std::vector<problem> problems;  ///< in the order of the file
    sources files;
};

/// Where the configuration is, as the command line and the environment say: qualys-devo-collector(1), FILES.
struct location
{
    std::filesystem::path config;            ///< --config; empty: looked up
    std::filesystem::path directory;         ///< --directory; empty: looked up
    std::filesystem::path job_config;        ///< --job_config_loc
    std::filesystem::path collector_config;  ///< --collector_config_loc
    bool strict{false};                      ///< unknown keys are errors
    bool secrets{true};                      ///< false: for verbs that need neither secrets, certificates nor keys
};

struct external_checks;

/// Reads and checks the complete configuration, without network. Reports every problem, not only the first.
/// `now` decides whether a start_time_utc is in the future. Reads the environment: CONFIG_FILE, STATE_DIRECTORY,
/// CREDENTIALS_DIRECTORY. app::read_configuration() has the checks that belong to it.
outcome read(const location& location, utc_time now, const external_checks& checks);

}  // namespace qdc::settings
