#include "status/metrics.hpp"

#include "base/build_commit.hpp"
#include "status/metric_list.hpp"
#include "status/service_metrics.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

namespace qdc::status
{
namespace
{

/// A family with a single sample, without labels.
void add_one(metric_list& to, metric_kind kind, std::string_view name, std::string help, double value)
{
    to.begin(kind, our_name(name), std::move(help));
    to.add({}, value);
}

/// What concerns the program as one: build, readiness, log, reload, event loop.
void add_program(metric_list& to, const collector_report& report)
{
    // A constant, so that its labels can be joined with other metrics.
    to.begin(metric_kind::gauge, our_name("build_info"), "1; the labels say what this program was built from.");
    to.add({{"version", QDC_VERSION}, {"commit", std::string(build_commit)}, {"compiler", __VERSION__}}, 1);
    add_one(
        to,
        metric_kind::gauge,
        "ready",
        "1 when the configuration is loaded, the state is open and every service has started.",
        report.ready ? 1 : 0
    );
    add_one(
        to,
        metric_kind::counter,
        "log_dropped_total",
        "Log lines lost because their reader was too slow.",
        static_cast<double>(report.log_dropped)
    );
    add_one(
        to,
        metric_kind::gauge,
        "config_last_reload_successful",
        "1 when the last reload was taken, or none was tried; 0 when it was refused and an older configuration goes "
        "on.",
        report.reload_failure.empty() ? 1 : 0
    );
    add_one(
        to,
        metric_kind::gauge,
        "config_last_reload_success_timestamp_seconds",
        "When the configuration in use was read.",
        epoch_seconds(report.reloaded.value_or(report.started))
    );
    // A late timer shows a call that blocks the loop.
    to.begin(metric_kind::histogram, our_name("event_loop_lag_seconds"), "How late timers of the one event loop fire.");
    to.add({}, report.loop_lag);
}

/// A figure of a quota that may not be known.
struct quota_gauge
{
    std::string_view name;
    std::string_view help;
    std::optional<std::uint64_t> quota_report::*value;
};

constexpr std::array quota_gauges{
    quota_gauge{"qualys_ratelimit_remaining", "Calls left in the window of the limit.", &quota_report::remaining},
    quota_gauge{"qualys_ratelimit_calls", "Calls that Qualys allows in a window.", &quota_report::limit},
    quota_gauge{"qualys_ratelimit_window_seconds", "Length of the window of the limit.", &quota_report::window_seconds},
    quota_gauge{
        "qualys_concurrency_limit", "Calls that Qualys allows at the same time.", &quota_report::concurrency_limit},
    quota_gauge{"qualys_running_calls", "Calls of this program under way.", &quota_report::running},
};

/// What Qualys says of its limits, for each endpoint of each input.
void add_quotas(metric_list& to, const std::vector<quota_report>& quotas)
{
    for (const auto& gauge : quota_gauges)
    {
        to.begin(metric_kind::gauge, our_name(gauge.name), std::string(gauge.help));
        for (const auto& one : quotas)
            if (one.*gauge.value)
                to.add({{"input", one.input}, {"endpoint", one.endpoint}}, static_cast<double>(*(one.*gauge.value)));
    }
    to.begin(
        metric_kind::gauge, our_name("qualys_blocked_until_timestamp_seconds"), "Until when Qualys refuses calls."
    );
    for (const auto& one : quotas)
        if (one.blocked_until)
            to.add({{"input", one.input}, {"endpoint", one.endpoint}}, epoch_seconds(*one.blocked_until));
}

/// A figure that every output has.
struct output_value
{
    metric_kind kind;
    std::string_view name;
    std::string_view help;
    std::uint64_t output_report::*value;
};

constexpr std::array output_values{
    output_value{metric_kind::counter, "devo_connections_total", "Connections made.", &output_report::connections},
    output_value{
        metric_kind::counter,
        "devo_connection_failures_total",
        "Connections that could not be made, were lost or were not confirmed.",
        &output_report::failures},
    output_value{metric_kind::counter, "devo_sent_events_total", "Events sent.", &output_report::sent_events},
    output_value{
        metric_kind::counter,
        "devo_resent_events_total",
        "Events sent once more because a connection was lost.",
        &output_report::resent_events},
    output_value{metric_kind::counter, "devo_sent_bytes_total", "Bytes of events sent.", &output_report::sent_bytes},
    output_value{
        metric_kind::gauge,
        "devo_unconfirmed_bytes",
        "Bytes queued or sent whose delivery is not confirmed.",
        &output_report::unconfirmed_bytes},
};

/// What each output has sent, and what is still unconfirmed.
void add_outputs(metric_list& to, const collector_report& report)
{
    const auto& outputs = report.outputs;
    to.begin(metric_kind::gauge, our_name("devo_connected"), "1 while a connection to the output is in use.");
    for (const auto& one : outputs)
        to.add({{"output", one.output}}, one.connected ? 1 : 0);
    for (const auto& value : output_values)
    {
        to.begin(value.kind, our_name(value.name), std::string(value.help));
        for (const auto& one : outputs)
            to.add({{"output", one.output}}, static_cast<double>(one.*value.value));
    }
    to.begin(
        metric_kind::gauge,
        our_name("devo_unconfirmed_age_seconds"),
        "For how long the oldest event whose delivery is not confirmed has waited; 0: there is none."
    );
    for (const auto& one : outputs)
    {
        const auto age = report.steady_now - one.unconfirmed_since.value_or(report.steady_now);
        to.add({{"output", one.output}}, std::chrono::duration<double>(age).count());
    }
    to.begin(
        metric_kind::histogram,
        our_name("devo_confirm_duration_seconds"),
        "From the end of a connection to the confirmation of what it carried."
    );
    for (const auto& one : outputs)
        to.add({{"output", one.output}}, one.confirm_seconds);
}

/// When certificates end, one sample a file.
void add_certificates(metric_list& to, const std::vector<certificate_report>& certificates)
{
    // A chain file holds several; the one that ends first is the one to look at.
    std::map<std::pair<std::string, std::string>, utc_time> first_end;
    for (const auto& one : certificates)
    {
        auto& end = first_end.try_emplace({one.output, one.file}, one.expires).first->second;
        end = std::min(end, one.expires);
    }
    to.begin(
        metric_kind::gauge,
        our_name("certificate_expiry_timestamp_seconds"),
        "When the first certificate of a configured file ends."
    );
    for (const auto& [where, end] : first_end)
        to.add({{"output", where.first}, {"file", where.second}}, epoch_seconds(end));
}

/// The metrics that every Prometheus client has, under their usual names.
void add_process(metric_list& to, const process_facts& process)
{
    const auto add = [&to](metric_kind kind, std::string name, std::string help, double value)
    {
        to.begin(kind, std::move(name), std::move(help));
        to.add({}, value);
    };
    add(metric_kind::counter, "process_cpu_seconds_total", "User and system CPU time spent.", process.cpu_seconds);
    add(metric_kind::gauge,
        "process_resident_memory_bytes",
        "Resident memory size.",
        static_cast<double>(process.resident_bytes));
    add(metric_kind::gauge,
        "process_virtual_memory_bytes",
        "Virtual memory size.",
        static_cast<double>(process.virtual_bytes));
    add(metric_kind::gauge, "process_open_fds", "Open file descriptors.", static_cast<double>(process.open_descriptors)
    );
    add(metric_kind::gauge, "process_max_fds", "Most file descriptors that may be open.", process.descriptor_limit);
    add(metric_kind::gauge, "process_start_time_seconds", "When the process was started.", process.started_seconds);
    add(metric_kind::gauge, "process_threads", "Threads of the process.", static_cast<double>(process.threads));
}

}  // namespace

std::string metrics_text(const collector_report& report, const process_facts& process)
{
    metric_list list;
    add_program(list, report);
    add_service_metrics(list, report.services);
    add_quotas(list, report.quotas);
    add_outputs(list, report);
    add_certificates(list, report.certificates);
    add_process(list, process);
    return list.text();
}

}  // namespace qdc::status
