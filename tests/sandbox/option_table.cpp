#include "sandbox/options.hpp"

namespace qdc::sandbox
{

const std::vector<option_entry>& option_table()
{
    static const std::vector<option_entry> table{
        {"directory", &options::directory, "where everything is written (mandatory)"},
        {"seed", &options::seed, "all data follow from it"},
        {"hosts", &options::hosts, "number of hosts"},
        {"detections", &options::detections, "mean number of detections of a host"},
        {"results_min", &options::results_min, "smallest RESULTS in bytes"},
        {"results_max", &options::results_max, "biggest RESULTS in bytes (sizes are log-uniform)"},
        {"scans", &options::scans, "number of scans"},
        {"findings", &options::findings, "mean number of findings of a scan"},
        {"activity", &options::activity, "rows of the activity log"},
        {"activity_hours", &options::activity_hours, "hours before the epoch over which they spread"},
        {"illegal_every", &options::illegal_every, "every n-th RESULTS holds what XML or UTF-8 forbids; 0: none"},
        {"epoch", &options::epoch, "\"now\" of the data, like 2026-11-22T10:00:00Z (default: the start)"},
        {"extras", &options::extras, "QDS, TruRisk and METADATA without being asked"},
        {"poison", &options::poison, "index of a host whose detections never end (repeatable)"},
        {"user", &options::user, "user name"},
        {"password", &options::password, "password"},
        {"services", &options::services, "the configured services, separated by commas"},
        {"filter", &options::filter, "a configured filter, SERVICE.NAME=VALUE (repeatable)"},
        {"tag", &options::tag, "a configured override_tag, SERVICE=TAG (repeatable)"},
        {"start_time", &options::start_time, "a configured start_time_utc, SERVICE=TIME (repeatable)"},
        {"environment", &options::environment, "the configured environment"},
        {"request_period", &options::request_period, "configured request_period_in_seconds"},
        {"page_size", &options::page_size, "configured page_size; 0: not written"},
        {"settle_delay", &options::settle_delay, "configured settle_delay_in_seconds; -1: not written"},
        {"status_port", &options::status_port, "configured status port; -1: not written"},
        {"exclude_own_activity", &options::exclude_own_activity, "configured exclude_own_activity"},
        {"address", &options::address, "address of both listeners"},
        {"qualys_port", &options::qualys_port, "port of the Qualys side; 0: any"},
        {"devo_port", &options::devo_port, "port of the Devo side; 0: any"},
        {"key_type", &options::key_type, "keys of new certificates: ec or rsa"},
        {"rate_limit", &options::rate_limit, "calls in a window, per endpoint", true},
        {"rate_window", &options::rate_window, "seconds of the rolling window", true},
        {"concurrency", &options::concurrency, "calls at a time, per endpoint", true},
        {"phantom_calls", &options::phantom_calls, "calls a second client makes beside each of ours", true},
        {"missing_header_status", &options::missing_header_status, "answer when X-Requested-With is missing", true},
        {"arrivals", &options::arrivals, "activity rows that arrive after each page of the log", true},
        {"scan_step_seconds", &options::scan_step_seconds, "unfinished scans move on this often; 0: never"},
        {"activity_framing", &options::activity_framing, "of the last page: bare, framed, footer", true},
        {"fault", &options::fault, "a fault of the Qualys side, KIND:KEY=VALUE,... (repeatable)", true},
        {"gzip", &options::gzip, "compress when the client accepts it", true},
        {"old_versions", &options::old_versions, "answer retired API versions instead of 404", true},
        {"old_dtd", &options::old_dtd, "the DTD addresses of 2020", true},
        {"fetch_as_html", &options::fetch_as_html, "scan results are called text/html", true},
        {"lower_case_headers", &options::lower_case_headers, "header names as HTTP/2 has them", true},
        {"id_max_exclusive", &options::id_max_exclusive, "id_max names the last row sent, not the next one", true},
        {"edges_exclusive", &options::edges_exclusive, "windows leave their own edges out", true},
        {"eos_warning", &options::eos_warning, "an end-of-service WARNING without URL on each page", true},
        {"own_calls", &options::own_calls, "the collector's calls are rows of the activity log", true},
        {"foreign_details", &options::foreign_details, "the next URL of the host list says details=None", true},
        {"refuse_username", &options::refuse_username, "the account may not filter the log by user (1901)", true},
        {"store", &options::store, "what the Devo side keeps: lines, hashes or none"},
        {"devo_receive_buffer", &options::devo_receive_buffer, "socket buffer in bytes; 0: the system's"},
        {"devo_fault", &options::devo_fault, "a fault of the Devo side, KIND:KEY=VALUE,... (repeatable)", true},
    };
    return table;
}

}  // namespace qdc::sandbox
