#include "status/top_text.hpp"

#include "status/attention.hpp"
#include "status/figures.hpp"
#include "status/terminal_lines.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <optional>
#include <string_view>

namespace qdc::status
{

using namespace std::chrono_literals;

namespace
{

constexpr std::size_t least_width = 60;

/// The phase in words for people.
std::string_view words_of(service_phase phase)
{
    switch (phase)
    {
        case service_phase::starting:
            return "starting";
        case service_phase::pulling:
            return "pulling";
        case service_phase::waiting:
            return "waiting";
        case service_phase::resting:
            return "resting";
        case service_phase::refused:
            return "refused";
        case service_phase::stopped:
            break;
    }
    return "stopped";
}

/// The upper end of the range in which the median lies.
std::string mostly(const histogram& histogram)
{
    const auto all = std::accumulate(histogram.counts.begin(), histogram.counts.end(), std::uint64_t{0});
    std::uint64_t below = 0;
    for (std::size_t range = 0; range < histogram::bounds.size(); ++range)
    {
        below += histogram.counts[range];
        const double end = histogram::bounds[range];
        if (below * 2 >= all)
            return "within " +
                   (end < 1 ? fmt::format("{:.0f} ms", end * 1000) : span(std::chrono::duration<double>(end)));
    }
    return "after more than a day";
}

/// How things stand, what needs attention, and facts about the program.
void draw_head(terminal_lines& on, const collector_report& all)
{
    const auto found = troubles_of(all);
    on.line(headline_of(all, found).text);
    for (const auto& one : found)
        on.line(fmt::format("{} {}: {} [{}]", one.bad ? '!' : '-', one.who, one.text, name(one.id)), 2);
    std::vector<std::string> facts{
        "qualys-devo-collector " QDC_VERSION,
        "up " + span(all.now - all.started),
        utc_seconds(all.now),
    };
    if (all.reloaded)
        facts.push_back("reloaded " + ago(*all.reloaded, all.now));
    if (all.log_dropped != 0)
        facts.push_back(plural(all.log_dropped, "log line") + " lost");
    on.items(facts, 0);
}

/// Change of a counter for each second between two reports.
std::optional<double> rate(
    std::uint64_t now, std::optional<std::uint64_t> before, const collector_report& all, const collector_report* earlier
)
{
    if (earlier == nullptr || !before || now < *before || all.steady_now <= earlier->steady_now)
        return std::nullopt;
    const std::chrono::duration<double> passed = all.steady_now - earlier->steady_now;
    return static_cast<double>(now - *before) / passed.count();
}

/// The same service in an earlier report; nullptr: it was not there.
const service_report* same(const service_report& as, const collector_report* report)
{
    if (report != nullptr)
        for (const auto& one : report->services)
            if (one.input == as.input && one.service == as.service)
                return &one;
    return nullptr;
}

/// The same output in an earlier report; nullptr: it was not there.
const output_report* same(const output_report& as, const collector_report* report)
{
    if (report != nullptr)
        for (const auto& one : report->outputs)
            if (one.output == as.output)
                return &one;
    return nullptr;
}

/// What the service does, and until when.
std::string doing_of(const service_report& report, utc_time now)
{
    std::string text(words_of(report.phase));
    if (!report.doing.empty())
        text += ": " + report.doing;
    if (report.until)
    {
        const bool begins = report.phase == service_phase::resting || report.phase == service_phase::refused;
        text += (begins ? "; next at " : "; until ") + clock(*report.until, now);
    }
    return text;
}

/// The last error, how long ago and how often it came.
void draw_error(terminal_lines& on, const std::deque<error_note>& notes, utc_time now)
{
    if (notes.empty())
        return;
    const auto& note = notes.front();
    const auto times = note.count > 1 ? ", " + counted(note.count) + " times" : "";
    on.line(fmt::format("last error, {}{}: {} [{}]", ago(note.last, now), times, note.text, name(note.id)), 4);
}

/// " (NEW_ONE, OTHER)"
std::string names_in_brackets(const std::vector<std::string>& names)
{
    std::string out;
    for (const auto& name : names)
        out += (out.empty() ? " (" : ", ") + name;
    return out.empty() ? out : out + ')';
}

/// What is delivered, but not as it came, and what is not.
void add_oddities(const service_report& service, std::vector<std::string>& facts)
{
    if (service.unknown_elements != 0)
        facts.push_back(plural(service.unknown_elements, "unknown element") + names_in_brackets(service.unknown_names));
    if (service.replaced_characters != 0)
        facts.push_back(plural(service.replaced_characters, "replaced character"));
    if (service.cut_fields != 0)
        facts.push_back(plural(service.cut_fields, "cut field"));
}

/// A service: what it does, its figures, its last error.
void draw(
    terminal_lines& on, const service_report& report, const collector_report& all, const collector_report* earlier
)
{
    const auto now = all.now;
    on.line(fmt::format("{}  {}", name_of(report, all), doing_of(report, now)), 2);
    // The speed needs the same service in an earlier report; without one only the totals are shown.
    const auto* const before = same(report, earlier);
    const auto speed =
        rate(report.events_sent, before != nullptr ? std::optional(before->events_sent) : std::nullopt, all, earlier);
    std::vector<std::string> facts{
        "received " + counted(report.events_received),
        "sent " + counted(report.events_sent) + (speed ? fmt::format(" ({:.0f}/s)", *speed) : ""),
        "confirmed " + counted(report.events_confirmed),
        report.watermark ? "data up to " + ago(*report.watermark, now) : "no data yet",
    };
    // Facts that not every service has, or not always.
    if (report.lanes > 1)
        facts.push_back(fmt::format("{} of {} lanes", report.calls.size(), report.lanes));
    if (report.page_size != 0)
        facts.push_back("page size " + counted(report.page_size));
    if (!report.position.empty() && report.phase != service_phase::resting)
        facts.push_back("at " + report.position);
    if (!report.quarantined.empty())
        facts.push_back("in quarantine " + plural(report.quarantined.size(), report.quarantined.front().kind));
    add_oddities(report, facts);
    on.items(facts, 4);
    draw_error(on, report.last_errors, now);
}

/// The calls left of one endpoint.
void draw(terminal_lines& on, const quota_report& report, const collector_report& all)
{
    // Qualys reports its limits with its answers, so before the first one they are not known.
    const bool known = report.limit && report.remaining;
    std::vector<std::string> facts{(one_input(all) ? "" : report.input + ' ') + report.endpoint};
    facts.push_back(
        known ? fmt::format("{} of {} calls left", counted(*report.remaining), counted(*report.limit))
              : "Qualys has not said its limit yet"
    );
    if (known && report.window_seconds)
        facts.back() += " in " + span(std::chrono::duration<double>(static_cast<double>(*report.window_seconds)));
    if (report.concurrency_limit)
        facts.push_back(fmt::format("{} of {} at once", report.running.value_or(0), *report.concurrency_limit));
    on.items(facts, 2);
    if (report.blocked_until && *report.blocked_until > all.now)
        on.line(
            fmt::format(
                "refused until {}{}{}",
                clock(*report.blocked_until, all.now),
                report.reason.empty() ? "" : ": ",
                report.reason
            ),
            4
        );
}

/// An output: whether it is connected, its figures, its last error.
void draw(terminal_lines& on, const output_report& report, const collector_report& all, const collector_report* earlier)
{
    const auto now = all.now;
    // With a connection: whether it proves good. Without one: whether it fails, or there is only nothing to send.
    const auto state = confirms_nothing(report, now) ? "connected, confirms nothing"
                       : report.connected            ? "connected"
                       : cannot_connect(report, now) ? "cannot connect"
                                                     : "not connected: nothing to send";
    on.line(
        fmt::format("{}  {}  {}", report.output, report.address.empty() ? "standard output" : report.address, state), 2
    );
    const auto* const before = same(report, earlier);
    const auto speed =
        rate(report.sent_bytes, before != nullptr ? std::optional(before->sent_bytes) : std::nullopt, all, earlier);
    std::vector<std::string> facts{
        fmt::format(
            "sent {}, {}{}",
            plural(report.sent_events, "event"),
            bytes(static_cast<double>(report.sent_bytes)),
            speed ? " (" + bytes(*speed) + "/s)" : ""
        ),
        "unconfirmed " + bytes(static_cast<double>(report.unconfirmed_bytes)),
    };
    if (std::ranges::any_of(report.confirm_seconds.counts, [](std::uint64_t count) { return count != 0; }))
        facts.push_back("confirmed mostly " + mostly(report.confirm_seconds));
    if (report.resent_events != 0)
        facts.push_back("sent again " + plural(report.resent_events, "event"));
    if (report.failures != 0)
        facts.push_back(plural(report.failures, "failure"));
    on.items(facts, 4);
    draw_error(on, report.last_errors, now);
}

/// When a certificate ends.
void draw(terminal_lines& on, const certificate_report& certificate, utc_time now)
{
    const auto left = certificate.expires - now;
    const auto days = plural(static_cast<std::uint64_t>(left < 0s ? 0 : left / 24h), "day");
    on.items(
        {certificate.output + ' ' + certificate.file,
         left <= 0s ? "has expired" : "ends in " + days + ", " + utc_seconds(certificate.expires)},
        2
    );
}

}  // namespace

std::vector<std::string> top_lines(const collector_report& now, const collector_report* before, std::size_t width)
{
    terminal_lines on(std::max(width, least_width));
    draw_head(on, now);
    on.heading("SERVICES");
    for (const auto& one : now.services)
        draw(on, one, now, before);
    if (!now.quotas.empty())
        on.heading("CALLS TO QUALYS");
    for (const auto& one : now.quotas)
        draw(on, one, now);
    if (!now.outputs.empty())
        on.heading("OUTPUTS");
    for (const auto& one : now.outputs)
        draw(on, one, now, before);
    if (!now.certificates.empty())
        on.heading("CERTIFICATES");
    for (const auto& one : now.certificates)
        draw(on, one, now.now);
    return on.take();
}

}  // namespace qdc::status
