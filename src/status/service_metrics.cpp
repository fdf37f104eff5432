#include "status/service_metrics.hpp"

#include "status/words.hpp"

#include <array>
#include <optional>

namespace qdc::status
{
namespace
{

using report = service_report;

/// A counter that every service has.
struct plain_counter
{
    std::string_view name;
    std::string_view help;
    std::uint64_t report::*value;
};

constexpr std::array plain_counters{
    plain_counter{
        "events_received_total",
        "Events made from what Qualys sent, before any are dropped.",
        &report::events_received},
    plain_counter{
        "events_duplicate_total",
        "Events dropped because the same event had been delivered before.",
        &report::events_duplicate},
    plain_counter{"events_sent_total", "Events handed to the outputs.", &report::events_sent},
    plain_counter{
        "events_confirmed_total", "Events whose delivery every output has confirmed.", &report::events_confirmed},
    plain_counter{
        "events_resent_total", "Events sent once more because a connection was lost.", &report::events_resent},
    plain_counter{"pages_total", "Pages read to their end.", &report::pages},
    plain_counter{
        "qualys_received_bytes_total",
        "Bytes of answers of Qualys, as they came over the wire.",
        &report::received_bytes},
    plain_counter{
        "unknown_elements_total",
        "Elements of answers that the documentation does not name; they are delivered.",
        &report::unknown_elements},
    plain_counter{
        "replaced_characters_total",
        "Characters that XML or UTF-8 forbids, delivered as U+FFFD.",
        &report::replaced_characters},
    plain_counter{"cut_fields_total", "Values beyond 32 MiB, delivered without their end.", &report::cut_fields},
    plain_counter{
        "kb_misses_total",
        "Detections that went without what the KnowledgeBase says, because its index did not hold their QID yet.",
        &report::kb_misses},
    plain_counter{
        "state_fallbacks_total",
        "State files that were damaged and whose previous generation was used.",
        &report::state_fallbacks},
};

/// Figures of one service that may go up and down; nothing: not known yet.
struct plain_gauge
{
    std::string_view name;
    std::string_view help;
    std::optional<double> (*value)(const report&);
};

constexpr std::array plain_gauges{
    plain_gauge{
        "quarantined_records",
        "Records that cannot be read and are left out; hosts and scans are tried again in each cycle.",
        [](const report& one) -> std::optional<double> { return static_cast<double>(one.quarantined.size()); }},
    plain_gauge{
        "unconfirmed_events",
        "Events handed to the outputs and not confirmed by all of them.",
        [](const report& one) -> std::optional<double> { return static_cast<double>(one.unconfirmed_events); }},
    plain_gauge{
        "findings_known",
        "Findings that are known, of services that send changes.",
        [](const report& one) {
            return one.findings_known ? std::optional<double>(static_cast<double>(*one.findings_known)) : std::nullopt;
        }},
    plain_gauge{
        "kb_entries",
        "QIDs in the index of the KnowledgeBase.",
        [](const report& one)
        { return one.kb_entries ? std::optional<double>(static_cast<double>(*one.kb_entries)) : std::nullopt; }},
    plain_gauge{
        "clock_skew_seconds",
        "This machine's clock less that of Qualys.",
        [](const report& one) { return one.clock_skew_seconds; }},
    plain_gauge{
        "calls_under_way",
        "Calls to Qualys under way.",
        [](const report& one) -> std::optional<double> { return static_cast<double>(one.calls.size()); }},
    plain_gauge{
        "lanes",
        "Calls to Qualys that may be under way at once.",
        [](const report& one) -> std::optional<double> { return static_cast<double>(one.lanes); }},
    plain_gauge{
        "checkpoint_save_failing",
        "1 while the checkpoint cannot be saved.",
        [](const report& one) -> std::optional<double> { return one.save_failure.empty() ? 0 : 1; }},
    plain_gauge{
        "request_period_seconds",
        "From the start of one cycle to that of the next.",
        [](const report& one)
        { return one.period.count() != 0 ? std::optional(static_cast<double>(one.period.count())) : std::nullopt; }},
    plain_gauge{
        "page_size",
        "Records asked for in the next call, of services with pages.",
        [](const report& one) { return one.page_size != 0 ? std::optional<double>(one.page_size) : std::nullopt; }},
};

/// A time that may not be known yet.
struct moment
{
    std::string_view name;
    std::string_view help;
    std::optional<utc_time> report::*value;
};

constexpr std::array moments{
    moment{"checkpoint_timestamp_seconds", "When the last checkpoint was saved.", &report::checkpoint},
    moment{
        "last_success_timestamp_seconds",
        "When a pull cycle last ended with data up to its end.",
        &report::last_success},
    moment{"watermark_timestamp_seconds", "Data up to this time is confirmed at Devo.", &report::watermark},
    moment{"wait_until_timestamp_seconds", "When the service goes on, while it waits or rests.", &report::until},
};

/// A counter with a sample for each value of one label.
struct labelled_counter
{
    std::string_view name;
    std::string_view help;
    std::string_view label;
};

/// The labels that every sample of a service has.
metric_labels labels_of(const report& service)
{
    return {{"input", service.input}, {"service", service.service}};
}

metric_labels labels_of(const report& service, std::string_view name, std::string_view value)
{
    auto labels = labels_of(service);
    labels.emplace_back(name, value);
    return labels;
}

/// One family whose samples differ in one label more, such as reason.
template <class Counts>
void add_counts(
    metric_list& to, const std::vector<report>& services, const labelled_counter& counter, Counts report::*counts
)
{
    to.begin(metric_kind::counter, our_name(counter.name), std::string(counter.help));
    for (const auto& one : services)
        for (const auto& [value, count] : one.*counts)
            to.add(labels_of(one, counter.label, value), static_cast<double>(count));
}

/// Calls by endpoint and status.
void add_requests(metric_list& to, const std::vector<report>& services)
{
    to.begin(
        metric_kind::counter,
        our_name("qualys_requests_total"),
        "Calls to Qualys by endpoint and HTTP status; code none: no answer came."
    );
    for (const auto& one : services)
        for (const auto& [what, count] : one.requests)
        {
            const auto& [endpoint, code] = what;
            auto labels = labels_of(one, "endpoint", endpoint);
            labels.emplace_back("code", code == 0 ? "none" : std::to_string(code));
            to.add(std::move(labels), static_cast<double>(count));
        }
}

/// Cycles that have ended, and how long they took.
void add_cycles(metric_list& to, const std::vector<report>& services)
{
    to.begin(metric_kind::counter, our_name("pull_cycles_total"), "Pull cycles that have ended, by outcome.");
    for (const auto& one : services)
    {
        // All from the start: an alert on the first failed cycle needs the 0 before it.
        std::map<std::string, std::uint64_t> outcomes{
            {"complete", 0}, {"partial", 0}, {"failed", 0}, {"login", 0}, {"retired", 0}};
        for (const auto& [outcome, count] : one.cycles)
            outcomes[outcome] = count;
        for (const auto& [outcome, count] : outcomes)
            to.add(labels_of(one, "outcome", outcome), static_cast<double>(count));
    }

    to.begin(metric_kind::histogram, our_name("pull_cycle_duration_seconds"), "How long pull cycles took.");
    for (const auto& one : services)
        to.add(labels_of(one), one.cycle_seconds);
}

/// Why services fail now: one sample while one does, and none while it does not.
void add_failures(metric_list& to, const std::vector<report>& services)
{
    to.begin(
        metric_kind::gauge,
        our_name("service_failing"),
        "1 while what the service tried last has failed, or it cannot start; the reason is an id of the log."
    );
    for (const auto& one : services)
        if (one.start_failure || one.failing)
            to.add(labels_of(one, "reason", name(one.start_failure.value_or(one.failure))), 1);
}

/// What may go up and down, and the phase, which is one sample for each possible one.
void add_gauges(metric_list& to, const std::vector<report>& services)
{
    for (const auto& gauge : plain_gauges)
    {
        to.begin(metric_kind::gauge, our_name(gauge.name), std::string(gauge.help));
        for (const auto& one : services)
            if (const auto value = gauge.value(one))
                to.add(labels_of(one), *value);
    }

    to.begin(
        metric_kind::gauge, our_name("service_phase"), "1 for the phase that the service is in, 0 for the others."
    );
    for (const auto& one : services)
        for (const auto& [phase, word] : phase_words)
            to.add(labels_of(one, "phase", word), one.phase == phase ? 1 : 0);
}

}  // namespace

std::string our_name(std::string_view name)
{
    return "qualys_devo_collector_" + std::string(name);
}

double epoch_seconds(utc_time time)
{
    return std::chrono::duration<double>(time.time_since_epoch()).count();
}

void add_service_metrics(metric_list& to, const std::vector<service_report>& services)
{
    // Each family is begun even without services, so that it is there from the first scrape on.
    for (const auto& counter : plain_counters)
    {
        to.begin(metric_kind::counter, our_name(counter.name), std::string(counter.help));
        for (const auto& one : services)
            to.add(labels_of(one), static_cast<double>(one.*counter.value));
    }
    add_cycles(to, services);
    add_requests(to, services);
    add_counts(to, services, {"qualys_errors_total", "Calls that failed, by reason.", "reason"}, &report::errors);
    add_counts(
        to,
        services,
        {"qualys_wait_seconds_total", "Time spent waiting before calls, by reason.", "reason"},
        &report::waited_seconds
    );
    add_counts(
        to,
        services,
        {"obfuscation_total", "Events that an obfuscation rule was applied to, by what came of it.", "outcome"},
        &report::obfuscated
    );
    add_counts(
        to,
        services,
        {"changes_total", "Changes of findings that were sent, by what happened to the finding.", "change"},
        &report::changes
    );
    add_gauges(to, services);
    add_failures(to, services);
    // A moment that is not known has no sample: 0 would be 1970.
    for (const auto& moment : moments)
    {
        to.begin(metric_kind::gauge, our_name(moment.name), std::string(moment.help));
        for (const auto& one : services)
            if (one.*moment.value)
                to.add(labels_of(one), epoch_seconds(*(one.*moment.value)));
    }
}

}  // namespace qdc::status
