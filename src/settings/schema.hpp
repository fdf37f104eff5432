#pragma once

#include "services/service_kind.hpp"

#include <span>
#include <string_view>
#include <vector>

namespace qdc::settings
{

/// The kinds of maps that a configuration consists of.
enum class part
{
    root,
    job,             ///< job_config.json
    collector_file,  ///< collector_config.json
    globals,
    overrides,  ///< global_overrides: the keys of globals
    status,
    persistence,
    persistence_config,
    output,
    tls_config,
    tcp_config,
    console_config,
    input,
    credentials,
    input_tls,
    api_versions,
    service,
    changes,
    obfuscation,
    request_limit,
};

/// What a value must look like.
enum class form
{
    text,
    secret,   ///< text that no message may show and nothing may trim
    flag,     ///< true or false
    whole,    ///< a whole number between least and most
    decimal,  ///< a number between least and most
    choice,   ///< one of the words in `note`, separated by |
    any,      ///< its reader decides: a map, a list, or several forms
};

/// What a key means when it is there, and when it is not.
enum class standing
{
    optional,
    required,
    idle,   ///< the official collector knows it; here it changes nothing, and `note` says why
    alias,  ///< another spelling of the key named in `note`
};

/// What one key of one part must look like.
struct rule
{
    part map_kind;
    std::string_view key;
    form is{form::any};
    standing role{standing::optional};
    std::string_view standard;  ///< the default, spelled as in a file; empty: none
    double least{0};
    double most{0};
    std::string_view note;
};

/// Every key that means something, in one table: schema.cpp. What services add comes from services/catalogue.hpp: their
/// endpoints are the keys of api_versions, and a service's own keys are rules_of() it.
std::span<const rule> schema();

/// The rule of a key (aliases and idle keys included), or nullptr.
const rule* find_rule(part map_kind, std::string_view key);

/// The keys that this kind of service has of its own, or with other limits.
const std::vector<rule>& rules_of(const services::service_kind& kind);

/// All keys of a part that a user may want to write, for "did you mean".
std::vector<std::string_view> known_keys(part map_kind);

}  // namespace qdc::settings
