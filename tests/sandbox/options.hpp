#pragma once

#include "sandbox/utc.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace qdc::sandbox
{

/// The table a service's events go to, which is also their tag; empty for a word that is no service.
std::string_view default_tag(std::string_view service);

/// Everything that shapes a run. The README explains each under the name it has on the command line.
struct options
{
    std::string directory;

    // The data. All of it follows from these numbers.
    std::uint64_t seed = 1;
    std::uint64_t hosts = 200;
    std::uint64_t detections = 20;
    std::uint64_t results_min = 40;
    std::uint64_t results_max = 4000;
    std::uint64_t scans = 24;
    std::uint64_t findings = 30;
    std::uint64_t activity = 600;
    std::uint64_t activity_hours = 20;
    std::uint64_t illegal_every = 0;
    std::uint64_t qids = 0;
    std::string epoch;  ///< serve() puts its start here when it is empty
    bool extras = true;
    std::vector<std::string> poison;

    // The account and what the collector is configured to ask for.
    std::string user = "acme_ab1";
    std::string password = "pä ss:%&+/=?#";
    std::vector<std::string> services{"vm_scans", "host_list", "host_list_detection", "user_activity"};
    std::vector<std::string> filter;
    std::vector<std::string> tag;
    std::vector<std::string> start_time;
    std::string environment;
    std::int64_t request_period = 60;
    std::int64_t page_size = 0;
    std::int64_t settle_delay = -1;
    std::int64_t status_port = 0;
    std::int64_t lanes = 0;
    bool exclude_own_activity = false;
    bool kb_deliver = true;
    bool kb_texts = true;
    std::vector<std::string> enrich;
    std::string deliver = "all";

    // The listeners.
    std::string address = "127.0.0.1";
    std::uint64_t qualys_port = 0;
    std::uint64_t devo_port = 0;
    std::string key_type = "ec";

    // The manners of the Qualys side.
    std::uint64_t rate_limit = 300;
    std::uint64_t rate_window = 3600;
    std::uint64_t concurrency = 2;
    std::uint64_t phantom_calls = 0;
    std::uint64_t foreign_running = 0;
    std::uint64_t page_time = 0;
    std::uint64_t page_time_spread = 1;
    std::uint64_t gate = 0;
    std::uint64_t missing_header_status = 400;
    std::uint64_t arrivals = 0;
    std::uint64_t scan_step_seconds = 0;
    std::int64_t date_offset = 0;
    bool no_date = false;
    std::string activity_framing = "framed";
    std::vector<std::string> fault;
    bool gzip = true;
    bool old_versions = false;
    std::vector<std::string> retired;
    bool old_dtd = false;
    bool fetch_as_html = false;
    bool lower_case_headers = false;
    bool id_max_exclusive = false;
    bool edges_exclusive = false;
    bool eos_warning = false;
    bool own_calls = false;
    bool foreign_details = false;
    bool refuse_username = false;
    bool refuse_id_list = false;
    std::vector<std::string> stuck_qid;

    // The manners of the Devo side.
    std::string store = "lines";
    std::uint64_t devo_receive_buffer = 0;
    std::vector<std::string> devo_fault;

    [[nodiscard]] instant begin() const;  ///< `epoch` as a time; throws std::runtime_error when it is none
    [[nodiscard]] bool plays(std::string_view service) const;

    /// Whether the collector is configured to send what changed of the detections.
    [[nodiscard]] bool plays_changes() const;

    /// The tag of what changed; empty when that is not sent.
    [[nodiscard]] std::string changes_tag() const;

    /// `SERVICE.NAME=VALUE` filters of one service.
    [[nodiscard]] std::map<std::string, std::string> filters_of(std::string_view service) const;

    /// The tag of a service: the table's name, or what `tag` says (`SERVICE=TAG`).
    [[nodiscard]] std::string tag_of(std::string_view service) const;

    /// The configured start (`SERVICE=TIME`), empty when there is none.
    [[nodiscard]] std::string start_of(std::string_view service) const;
};

using option_slot = std::variant<
    bool options::*,
    std::uint64_t options::*,
    std::int64_t options::*,
    std::string options::*,
    std::vector<std::string> options::*>;

/// One option: `--name-with-dashes` on the command line, `name_with_underscores` in JSON.
struct option_entry
{
    std::string_view name;  ///< with underscores
    option_slot slot;
    std::string_view meaning;
    bool live = false;  ///< can be changed while the sandbox runs
};

const std::vector<option_entry>& option_table();

/// Sets one option from its text; a list grows, other kinds are replaced. Throws std::runtime_error with a sentence.
void set_option(options& into, const option_entry& entry, std::string_view text);

/// Reads `--name value`, `--name=value` and `--flag`, `--no-flag`; `extra` collects what the table does not know.
/// Throws std::runtime_error when a value is missing or of the wrong kind.
void parse_options(options& into, const std::vector<std::string>& arguments, std::vector<std::string>& extra);

}  // namespace qdc::sandbox
