#include "settings/schema.hpp"

#include "services/catalogue.hpp"

#include <map>

namespace qdc::settings
{
namespace
{

/// Short forms for the rows of the table below: each fills in what its kind of rule needs.
constexpr rule required(part map_kind, std::string_view key, form is = form::any)
{
    return {map_kind, key, is, standing::required, {}, 0, 0, {}};
}

constexpr rule optional(part map_kind, std::string_view key, form is = form::any, std::string_view standard = {})
{
    return {map_kind, key, is, standing::optional, standard, 0, 0, {}};
}

constexpr rule number(
    part map_kind,
    std::string_view key,
    double least,
    double most,
    std::string_view standard = {},
    form is = form::whole
)
{
    return {map_kind, key, is, standing::optional, standard, least, most, {}};
}

constexpr rule choice(part map_kind, std::string_view key, std::string_view words, std::string_view standard = {})
{
    return {map_kind, key, form::choice, standing::optional, standard, 0, 0, words};
}

constexpr rule idle(part map_kind, std::string_view key, std::string_view note)
{
    return {map_kind, key, form::any, standing::idle, {}, 0, 0, note};
}

constexpr rule alias(part map_kind, std::string_view key, std::string_view target)
{
    return {map_kind, key, form::any, standing::alias, {}, 0, 0, target};
}

constexpr double port_most = 65535;
constexpr double day = 24 * 3600;
constexpr double year = 365 * day;

constexpr std::string_view endless_retries = "an unreachable output is tried again for ever, after 1 s, 2 s … 60 s";
constexpr std::string_view no_queue = "events wait in the replay buffer of each output; see replay_buffer_in_bytes";
constexpr std::string_view redis_only = "it belongs to Redis, which is not available here";

constexpr rule rules[] = {
    optional(part::root, "globals"),
    optional(part::root, "global_overrides"),
    optional(part::root, "inputs"),
    optional(part::root, "outputs"),

    optional(part::job, "global_overrides"),
    required(part::job, "inputs"),

    optional(part::collector_file, "job_id", form::text),
    required(part::collector_file, "job_name", form::text),
    optional(part::collector_file, "debug", form::flag, "false"),
    optional(part::collector_file, "state_store"),
    required(part::collector_file, "loggers"),

    required(part::globals, "name", form::text),
    optional(part::globals, "id", form::text, "not_used"),
    optional(part::globals, "debug", form::flag, "false"),
    optional(part::globals, "persistence"),
    optional(part::globals, "hostname", form::text),
    optional(part::globals, "internal_events", form::flag, "true"),
    optional(part::globals, "status"),
    optional(part::globals, "receipts_tag", form::text),
    number(part::globals, "sender_stats_period_in_sec", 1, day),
    number(part::globals, "devo_sender_threshold_for_using_gzip_in_transport_layer", -1, 1.1, {}, form::decimal),
    number(part::globals, "devo_sender_compression_level", 1, 9),
    idle(part::globals, "devo_sender_compression_buffer_in_bytes", "each batch is one gzip member"),
    idle(part::globals, "queue_max_size_in_mb", no_queue),
    idle(part::globals, "queue_max_size_in_messages", no_queue),
    idle(part::globals, "queue_max_elapsed_time_in_sec", no_queue),
    idle(part::globals, "queue_wrap_max_size_in_messages", no_queue),
    idle(part::globals, "queue_generate_metrics", no_queue),
    idle(part::globals, "generate_collector_details", "nothing is sent to anybody but Qualys and Devo"),
    idle(part::globals, "sender_concurrent_connections", "there is one connection for each output"),
    idle(part::globals, "sender_activate_final_queue", no_queue),
    idle(part::globals, "multiprocessing", "there is one process with one thread"),
    idle(part::globals, "balanced_output", "every event goes to all outputs"),

    optional(part::status, "enabled", form::flag, "true"),
    optional(part::status, "address", form::text, "127.0.0.1"),
    number(part::status, "port", 0, port_most, "9688"),

    choice(part::persistence, "type", "filesystem|json|memory|redis", "filesystem"),
    optional(part::persistence, "config"),

    optional(part::persistence_config, "directory_name", form::text, "state"),
    alias(part::persistence_config, "dir", "directory_name"),
    idle(part::persistence_config, "host", redis_only),
    idle(part::persistence_config, "location", redis_only),
    idle(part::persistence_config, "port", redis_only),
    idle(part::persistence_config, "db", redis_only),
    idle(part::persistence_config, "password", redis_only),
    idle(part::persistence_config, "socket_timeout", redis_only),

    required(part::output, "type", form::text),
    optional(part::output, "config"),

    required(part::tls_config, "address", form::text),
    alias(part::tls_config, "url", "address"),
    alias(part::tls_config, "location", "address"),
    number(part::tls_config, "port", 1, port_most, "443"),
    choice(part::tls_config, "type", "ssl|tcp", "ssl"),
    required(part::tls_config, "chain", form::text),
    alias(part::tls_config, "chain_loc", "chain"),
    required(part::tls_config, "cert", form::text),
    alias(part::tls_config, "cert_loc", "cert"),
    required(part::tls_config, "key", form::text),
    alias(part::tls_config, "key_loc", "key"),
    optional(part::tls_config, "ca_file", form::text),
    optional(part::tls_config, "proxy", form::secret),
    optional(part::tls_config, "check_hostname", form::flag, "true"),
    number(part::tls_config, "sec_level", 0, 5),
    choice(part::tls_config, "confirm", "eof|tcp|none", "eof"),
    number(part::tls_config, "replay_buffer_in_bytes", 1024, 4294967296.0, "8388608"),
    number(part::tls_config, "sending_timeout", 1, 3600, "30"),
    number(part::tls_config, "period_sender_stats_in_seconds", 1, day, "300"),
    number(part::tls_config, "threshold_for_using_gzip_in_transport_layer", -1, 1.1, "1.1", form::decimal),
    optional(part::tls_config, "compress", form::flag, "false"),
    number(part::tls_config, "compression_level", 1, 9, "6"),
    idle(part::tls_config, "compression_buffer_in_bytes", "each batch is one gzip member"),
    idle(part::tls_config, "connecting_retries", endless_retries),
    idle(part::tls_config, "connecting_initial_wait_in_seconds", endless_retries),
    idle(part::tls_config, "connecting_max_wait_in_seconds", endless_retries),
    idle(part::tls_config, "sending_retries", endless_retries),
    idle(part::tls_config, "sending_initial_wait_in_seconds", endless_retries),
    idle(part::tls_config, "sending_max_wait_in_seconds", endless_retries),
    idle(part::tls_config, "concurrent_connections", "there is one connection for each output"),
    idle(part::tls_config, "generate_metrics", "the status endpoint has the metrics"),
    idle(part::tls_config, "activate_final_queue", no_queue),

    required(part::tcp_config, "address", form::text),
    alias(part::tcp_config, "url", "address"),
    alias(part::tcp_config, "location", "address"),
    number(part::tcp_config, "port", 1, port_most, "13000"),
    choice(part::tcp_config, "confirm", "eof|tcp|none", "eof"),
    number(part::tcp_config, "replay_buffer_in_bytes", 1024, 4294967296.0, "8388608"),
    number(part::tcp_config, "sending_timeout", 1, 3600, "30"),
    number(part::tcp_config, "period_sender_stats_in_seconds", 1, day, "300"),
    idle(part::tcp_config, "type", "this output is plain TCP"),
    idle(part::tcp_config, "connecting_retries", endless_retries),
    idle(part::tcp_config, "connecting_initial_wait_in_seconds", endless_retries),
    idle(part::tcp_config, "connecting_max_wait_in_seconds", endless_retries),
    idle(part::tcp_config, "sending_retries", endless_retries),
    idle(part::tcp_config, "sending_initial_wait_in_seconds", endless_retries),
    idle(part::tcp_config, "sending_max_wait_in_seconds", endless_retries),
    idle(part::tcp_config, "concurrent_connections", "there is one connection for each output"),
    idle(part::tcp_config, "threshold_for_using_gzip_in_transport_layer", "plain TCP is not compressed"),
    idle(part::tcp_config, "compression_level", "plain TCP is not compressed"),
    idle(part::tcp_config, "compression_buffer_in_bytes", "plain TCP is not compressed"),
    idle(part::tcp_config, "generate_metrics", "the status endpoint has the metrics"),
    idle(part::tcp_config, "activate_final_queue", no_queue),

    idle(part::console_config, "destination", "events go to standard output"),
    number(part::console_config, "period_sender_stats_in_seconds", 1, day, "300"),
    idle(part::console_config, "concurrent_connections", "there is one connection for each output"),
    idle(part::console_config, "generate_metrics", "the status endpoint has the metrics"),
    idle(part::console_config, "activate_final_queue", no_queue),

    required(part::input, "id", form::text),
    optional(part::input, "enabled", form::flag, "true"),
    optional(part::input, "environment", form::text),
    required(part::input, "credentials"),
    required(part::input, "services"),
    optional(part::input, "requests_limits"),
    number(part::input, "requests_per_second", 1e-6, 1e6, {}, form::decimal),
    optional(part::input, "tls"),
    optional(part::input, "proxy", form::secret),
    optional(part::input, "api_versions"),
    optional(part::input, "lanes", form::text, "auto"),
    number(part::input, "quota_share", 1e-6, 1, "0.8", form::decimal),
    number(part::input, "connect_timeout_in_seconds", 1, day, "30"),
    number(part::input, "first_byte_timeout_in_seconds", 1, day, "600"),
    number(part::input, "idle_timeout_in_seconds", 1, day, "120"),
    idle(part::input, "debug", "globals.debug does it"),
    idle(part::input, "autoconfig", "services are set up when they start"),
    idle(part::input, "use_time_slots_for_retrievals", "requests are spread by the limits alone"),
    idle(part::input, "persistence", "globals.persistence does it"),
    idle(part::input, "endpoint_rate_limit", "requests_limits does it"),

    required(part::credentials, "hostname", form::text),
    optional(part::credentials, "username", form::text),
    optional(part::credentials, "password", form::secret),
    optional(part::credentials, "username_file", form::text),
    optional(part::credentials, "password_file", form::text),
    optional(part::credentials, "next_password_file", form::text),

    optional(part::input_tls, "ca_file", form::text),

    number(part::service, "request_period_in_seconds", 1, year, "60"),
    optional(part::service, "override_tag", form::text),
    optional(part::service, "start_time_utc", form::text),
    optional(part::service, "filters"),
    optional(part::service, "extra_parameters"),
    number(part::service, "settle_delay_in_seconds", 0, day, "60"),
    number(part::service, "overlap_in_seconds", 0, 30 * day, "120"),
    optional(part::service, "obfuscation_data"),
    optional(part::service, "requests_limits"),
    number(part::service, "requests_per_second", 1e-6, 1e6, {}, form::decimal),
    idle(part::service, "endpoint_rate_limit", "requests_limits does it"),

    required(part::obfuscation, "name"),
    optional(part::obfuscation, "value"),
    optional(part::obfuscation, "string_patterns"),

    optional(part::changes, "ignore"),
    choice(part::changes, "baseline", "sent|silent", "sent"),

    required(part::request_limit, "period", form::text),
    {part::request_limit, "number_of_requests", form::whole, standing::required, {}, -1, 4294967295.0, {}},
};

/// A key for each endpoint that some service asks.
std::vector<rule> version_rules()
{
    std::vector<rule> all;
    for (const auto* const kind : services::catalogue())
        for (const qualys::endpoint& one : kind->endpoints)
            all.push_back(optional(part::api_versions, one.name, form::text, one.versions.front().number));
    return all;
}

/// The rules of a part that are not in the table.
std::span<const rule> further(part map_kind)
{
    static const auto versions = version_rules();
    return map_kind == part::api_versions ? versions : std::span<const rule>();
}

/// How a value of a service's own key is checked here.
form form_of(services::value_form is)
{
    switch (is)
    {
        case services::value_form::flag:
            return form::flag;
        case services::value_form::whole:
            return form::whole;
        case services::value_form::word:
            return form::choice;
        case services::value_form::map:
            return form::any;
        default:
            return form::text;
    }
}

/// The own keys of each service as rules, by the service's name.
std::map<std::string_view, std::vector<rule>> own_rules()
{
    std::map<std::string_view, std::vector<rule>> all;
    for (const auto* const kind : services::catalogue())
        for (const auto& one : kind->keys)
            all[kind->name].push_back(
                {part::service,
                 one.name,
                 form_of(one.form),
                 standing::optional,
                 one.standard,
                 one.least,
                 one.most,
                 one.words}
            );
    return all;
}

}  // namespace

std::span<const rule> schema()
{
    return rules;
}

const rule* find_rule(part map_kind, std::string_view key)
{
    if (map_kind == part::overrides)
        map_kind = part::globals;
    for (const auto& r : rules)
        if (r.map_kind == map_kind && r.key == key)
            return &r;
    for (const auto& r : further(map_kind))
        if (r.key == key)
            return &r;
    return nullptr;
}

const std::vector<rule>& rules_of(const services::service_kind& kind)
{
    static auto all = own_rules();
    return all[kind.name];
}

std::vector<std::string_view> known_keys(part map_kind)
{
    if (map_kind == part::overrides)
        map_kind = part::globals;
    std::vector<std::string_view> keys;
    for (const auto& r : rules)
        if (r.map_kind == map_kind && (r.role == standing::optional || r.role == standing::required))
            keys.push_back(r.key);
    for (const auto& r : further(map_kind))
        keys.push_back(r.key);
    return keys;
}

}  // namespace qdc::settings
