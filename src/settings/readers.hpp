#pragma once

#include "base/utc.hpp"
#include "settings/external_checks.hpp"
#include "settings/section.hpp"
#include "settings/settings.hpp"

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace qdc::settings
{

/// What the parts of a configuration are read against.
struct surroundings
{
    utc_time now;
    bool clock_behind{false};  ///< `now` is not believed: an earlier time has certainly passed
    bool secrets{true};        ///< false: neither secrets nor certificates are wanted
    bool packaged{false};      ///< the configuration below /etc/qualys-devo-collector, which a unit uses
    const external_checks& checks;
    std::filesystem::path directory;    ///< absolute
    std::filesystem::path credentials;  ///< $CREDENTIALS_DIRECTORY; empty: none
    std::filesystem::path state;        ///< $STATE_DIRECTORY; empty: none
};

/// Settings of `globals` that the official collector copies into every output.
struct output_overrides
{
    std::optional<std::chrono::seconds> statistics_period;
    std::optional<double> gzip_threshold;
    std::optional<int> compression_level;
};

/// Reads `globals` into `to`. A second call, for `global_overrides`, changes only what is given there.
void read_globals(const section& globals, bool overriding, collector& to, output_overrides& outputs);

/// Reads `globals.persistence`; without it, state goes to files.
void read_persistence(const section& globals, const surroundings& around, collector& to);

/// The collector's name with what Devo does not take replaced by `_`. Reported under `key` of `section`.
std::string read_name(const section& section, std::string_view key);

/// Nothing for an input that is switched off.
std::optional<input> read_input(const member& configured, const std::string& path, const surroundings&, findings&);

/// Reads `credentials`: host, port, user name and password, each from wherever it may come.
void read_credentials(const section& credentials, const surroundings& around, input& to);

/// Nothing for a service that does not exist, which is reported.
std::optional<service> read_service(const member& configured, const std::string& path, const surroundings&, findings&);

/// Reads `changes` of a service, as own keys of it: "changes.baseline", and "changes.ignore" with commas between names.
std::map<std::string, std::string> read_changes(const section& service);

/// Reads `requests_limits` and `requests_per_second` of an input or a service.
std::vector<request_limit> read_limits(const section& owner);

/// Reads `proxy` of an input or an output, on its way to host and port: empty where the environment decides.
secret
read_proxy(const section& owner, const std::string& host, const std::string& port, const external_checks& checks);

/// Reports what an external check found, in the lines of the map that it was asked about.
void report_remarks(const section& owner, const std::vector<remark>& remarks);

/// Reads `obfuscation_data` of a service whose events have `members` at their root; none: they are not known.
std::vector<obfuscation_rule> read_obfuscation(const section& service, const std::vector<std::string>& members);

/// Nothing for an output of no known type, which is reported.
std::optional<output> read_output(
    const member& configured,
    const std::string& path,
    const surroundings& around,
    const output_overrides& overrides,
    findings& out
);

}  // namespace qdc::settings
