#include "status/top_text.hpp"

#include "status/log_scrub.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <ranges>
#include <set>
#include <string_view>
#include <utility>

namespace qdc::status
{

using namespace std::chrono_literals;

namespace
{

constexpr std::size_t least_width = 60;
constexpr std::size_t shown_errors = 1;
// As on the status page.
constexpr auto recently = 300s;  // an error of so long ago still counts
constexpr auto long_wait = 600s;
constexpr auto far_behind = 3600s;

/// Where the next character begins, and how many columns this one takes. East Asian characters and emoji take two.
std::pair<std::size_t, std::size_t> step(std::string_view text, std::size_t at)
{
    const auto lead = static_cast<unsigned char>(text[at]);
    std::size_t end = at + 1;
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80)
        ++end;
    const auto second = end > at + 1 ? static_cast<unsigned char>(text[at + 1]) : 0u;
    const bool korean_letter = lead == 0xe1 && second >= 0x84 && second <= 0x85;  // U+1100 to U+115F, and a few more
    const bool from_2e80 = (lead == 0xe2 && second >= 0xba) || lead >= 0xe3;
    return {end, korean_letter || from_2e80 ? 2 : 1};
}

std::size_t columns(std::string_view text)
{
    std::size_t sum = 0;
    for (std::size_t at = 0; at < text.size();)
    {
        const auto [end, wide] = step(text, at);
        sum += wide;
        at = end;
    }
    return sum;
}

/// The longest beginning that takes no more than `width` columns.
std::string_view front(std::string_view text, std::size_t width)
{
    std::size_t sum = 0;
    for (std::size_t at = 0; at < text.size();)
    {
        const auto [end, wide] = step(text, at);
        sum += wide;
        if (sum > width)
            return text.substr(0, at);
        at = end;
    }
    return text;
}

/// "1,234,567"
std::string counted(std::uint64_t number)
{
    auto digits = std::to_string(number);
    for (auto at = digits.size(); at > 3;)
        digits.insert(at -= 3, ",");
    return digits;
}

std::string plural(std::uint64_t number, std::string_view noun)
{
    return fmt::format("{} {}{}", counted(number), noun, number == 1 ? "" : "s");
}

std::string bytes(double number)
{
    constexpr std::string_view units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    std::size_t unit = 0;
    for (; number >= 1000 && unit + 1 < std::size(units); ++unit)
        number /= 1024;
    return fmt::format("{:.{}f} {}", number, unit == 0 || number >= 10 ? 0 : 1, units[unit]);
}

/// "42 s", "3 min", "2 h 5 min", "4 days"
std::string span(std::chrono::duration<double> length)
{
    const auto seconds = std::llround(std::max(length.count(), 0.0));
    if (seconds < 120)
        return fmt::format("{} s", seconds);
    if (seconds < 7200)
        return fmt::format("{} min", seconds / 60);
    if (seconds < 2 * 86400)
        return fmt::format("{} h {} min", seconds / 3600, seconds / 60 % 60);
    return fmt::format("{} days", seconds / 86400);
}

std::string ago(utc_time at, utc_time now)
{
    return span(now - at) + " ago";
}

/// "10:08:08 UTC", with its date when that is another one.
std::string clock(utc_time at, utc_time now)
{
    const auto text = utc_seconds(at);
    const bool today = text.substr(0, 10) == utc_seconds(now).substr(0, 10);
    return (today ? "" : text.substr(0, 10) + ' ') + text.substr(11, 8) + " UTC";
}

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
            return "login refused";
        case service_phase::stopped:
            break;
    }
    return "stopped";
}

std::string_view words_of_outcome(std::string_view outcome)
{
    if (outcome == "login")
        return "login refused";
    return outcome == "retired" ? "API version retired" : outcome;
}

/// The upper end of the range in which the median lies.
std::string mostly(const histogram& of)
{
    const auto all = std::accumulate(of.counts.begin(), of.counts.end(), std::uint64_t{0});
    std::uint64_t below = 0;
    for (std::size_t range = 0; range < histogram::bounds.size(); ++range)
    {
        below += of.counts[range];
        const double end = histogram::bounds[range];
        if (below * 2 >= all)
            return "within " +
                   (end < 1 ? fmt::format("{:.0f} ms", end * 1000) : span(std::chrono::duration<double>(end)));
    }
    return "after more than a day";
}

/// Text by text onto lines of a width.
class screen
{
public:
    explicit screen(std::size_t width) : width_(width) {}

    void heading(std::string_view text)
    {
        lines_.emplace_back();
        line(text);
    }

    /// Continued below, indented, where it is longer than a line.
    void line(std::string_view text, std::size_t indent = 0) { items({std::string(text)}, indent); }

    /// As many beside each other as fit.
    void items(const std::vector<std::string>& texts, std::size_t indent)
    {
        std::string now;
        for (const auto& text : texts)
        {
            const auto shown = on_one_line(text);
            if (!now.empty() && columns(now) + 2 + columns(shown) > width_)
                lines_.push_back(std::exchange(now, {}));
            now += now.empty() ? std::string(indent, ' ') : "  ";
            now += shown;
            fold(now, indent + 2);
        }
        if (!now.empty())
            lines_.push_back(std::move(now));
    }

    std::vector<std::string> take() { return std::move(lines_); }

private:
    /// Puts away whole lines of what is too long, at blanks where there are any.
    void fold(std::string& text, std::size_t indent)
    {
        while (columns(text) > width_)
        {
            const auto fits = front(text, width_);
            const auto blank = fits.rfind(' ');
            const bool between_words = blank != std::string_view::npos && blank > std::max(indent, width_ / 2);
            const auto end = between_words ? blank : fits.size();
            lines_.push_back(text.substr(0, end));
            text = std::string(indent, ' ') + text.substr(end + (between_words ? 1 : 0));
        }
    }

    std::size_t width_;
    std::vector<std::string> lines_;
};

/// Something that somebody should know.
struct trouble
{
    bool bad{false};  ///< worse than a warning
    std::string who;
    std::string text;
};

bool waits_long(const service_report& of, utc_time now)
{
    return of.phase == service_phase::waiting && of.until && *of.until - now > long_wait;
}

void add_troubles(const service_report& of, const std::string& who, utc_time now, std::vector<trouble>& found)
{
    const auto* const error = of.last_errors.empty() ? nullptr : &of.last_errors.front();
    const bool still =
        error != nullptr && now - error->last < recently && (!of.last_success || *of.last_success <= error->last);
    const bool ended_badly =
        of.last && (of.last->outcome == "failed" || of.last->outcome == "login" || of.last->outcome == "retired");
    if (of.phase == service_phase::refused || of.phase == service_phase::stopped)
        found.push_back({true, who, of.doing});
    else if (waits_long(of, now))
        found.push_back({false, who, of.doing + ", until " + clock(*of.until, now)});
    else if (still)
        found.push_back({false, who, error->text});
    else if (ended_badly)
        found.push_back(
            {true, who, fmt::format("its last cycle: {}. {}", words_of_outcome(of.last->outcome), of.last->why)}
        );
    if (!of.quarantined.empty())
        found.push_back({false, who, plural(of.quarantined.size(), "host") + " cannot be fetched"});
}

bool cannot_connect(const output_report& of, utc_time now)
{
    return !of.connected && !of.last_errors.empty() &&
           (now - of.last_errors.front().last < recently || of.unconfirmed_bytes > 0);
}

void add_troubles(const certificate_report& of, utc_time now, std::vector<trouble>& found)
{
    const auto left = of.expires - now;
    if (left <= 0s)
        found.push_back({true, of.file, "has expired"});
    else if (left < 45 * 24h)
        found.push_back({left < 14 * 24h, of.file, "ends in " + plural(static_cast<std::uint64_t>(left / 24h), "day")});
}

bool one_input(const collector_report& of)
{
    return std::ranges::all_of(
        of.services, [&of](const service_report& one) { return one.input == of.services.front().input; }
    );
}

std::string name_of(const service_report& one, const collector_report& all)
{
    return one_input(all) ? one.service : one.input + ' ' + one.service;
}

/// The bad ones first.
std::vector<trouble> troubles_of(const collector_report& all)
{
    std::vector<trouble> found;
    for (const auto& one : all.services)
        add_troubles(one, name_of(one, all), all.now, found);
    for (const auto& one : all.outputs)
        if (cannot_connect(one, all.now))
            found.push_back({true, one.output, one.last_errors.front().text});
    for (const auto& one : all.certificates)
        add_troubles(one, all.now, found);
    std::ranges::stable_sort(found, std::greater(), &trouble::bad);
    return found;
}

/// At work on what has been there for long: a first run, or after an outage.
bool catches_up(const service_report& of, utc_time now)
{
    const bool works = of.phase == service_phase::pulling || of.phase == service_phase::waiting;
    return works && !(of.watermark && now - *of.watermark < far_behind);
}

std::string headline(const collector_report& all, const std::vector<trouble>& found)
{
    std::set<std::string> needy;
    for (const auto& one : found)
        needy.insert(one.who);
    const auto behind =
        std::ranges::count_if(all.services, [&all](const service_report& one) { return catches_up(one, all.now); });
    if (all.stopping)
        return "STOPPING";
    if (!needy.empty())
        return fmt::format("{} ATTENTION", needy.size() == 1 ? "1 NEEDS" : std::to_string(needy.size()) + " NEED");
    if (!all.ready)
        return "STARTING";
    const auto services = plural(all.services.size(), "service");
    if (behind > 0)
        return fmt::format("ALL IS WELL: {}, {} catching up", services, behind);
    return fmt::format("ALL IS WELL: {} up to date", services);
}

void draw_head(screen& on, const told_report& told)
{
    const auto& all = told.report;
    const auto found = troubles_of(all);
    on.line(headline(all, found));
    for (const auto& one : found)
        on.line(fmt::format("{} {}: {}", one.bad ? '!' : '-', one.who, one.text), 2);
    std::vector<std::string> facts{
        "qualys-devo-collector " + told.version,
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
std::optional<double>
rate(std::uint64_t now, std::optional<std::uint64_t> before, const told_report& told, const told_report* earlier)
{
    if (earlier == nullptr || !before || now < *before)
        return std::nullopt;
    const std::chrono::duration<double> up = told.report.now - told.report.started;
    const std::chrono::duration<double> up_before = earlier->report.now - earlier->report.started;
    if (up <= up_before)
        return std::nullopt;
    return static_cast<double>(now - *before) / (up - up_before).count();
}

const service_report* same(const service_report& as, const told_report* in)
{
    if (in != nullptr)
        for (const auto& one : in->report.services)
            if (one.input == as.input && one.service == as.service)
                return &one;
    return nullptr;
}

const output_report* same(const output_report& as, const told_report* in)
{
    if (in != nullptr)
        for (const auto& one : in->report.outputs)
            if (one.output == as.output)
                return &one;
    return nullptr;
}

std::string doing_of(const service_report& of, utc_time now)
{
    std::string text(words_of(of.phase));
    if (!of.doing.empty())
        text += ": " + of.doing;
    if (of.until)
    {
        const bool begins = of.phase == service_phase::resting || of.phase == service_phase::refused;
        text += (begins ? "; next at " : "; until ") + clock(*of.until, now);
    }
    return text;
}

void draw_errors(screen& on, const std::deque<error_note>& notes, utc_time now)
{
    for (const auto& note : notes | std::views::take(shown_errors))
    {
        const auto times = note.count > 1 ? ", " + counted(note.count) + " times" : "";
        on.line(fmt::format("last error, {}{}: {}", ago(note.last, now), times, note.text), 4);
    }
}

void draw(screen& on, const service_report& of, const told_report& told, const told_report* earlier)
{
    const auto now = told.report.now;
    on.line(fmt::format("{}  {}", name_of(of, told.report), doing_of(of, now)), 2);
    const auto* const before = same(of, earlier);
    const auto speed =
        rate(of.events_sent, before != nullptr ? std::optional(before->events_sent) : std::nullopt, told, earlier);
    std::vector<std::string> facts{
        "received " + counted(of.events_received),
        "sent " + counted(of.events_sent) + (speed ? fmt::format(" ({:.0f}/s)", *speed) : ""),
        "confirmed " + counted(of.events_confirmed),
        of.watermark ? "data up to " + ago(*of.watermark, now) : "no data yet",
    };
    if (of.page_size != 0)
        facts.push_back("page size " + counted(of.page_size));
    if (!of.position.empty())
        facts.push_back("at " + of.position);
    if (!of.quarantined.empty())
        facts.push_back("in quarantine " + plural(of.quarantined.size(), "host"));
    on.items(facts, 4);
    draw_errors(on, of.last_errors, now);
}

void draw(screen& on, const quota_report& of, const collector_report& all)
{
    const bool known = of.limit && of.remaining;
    std::vector<std::string> facts{(one_input(all) ? "" : of.input + ' ') + of.endpoint};
    facts.push_back(
        known ? fmt::format("{} of {} calls left", counted(*of.remaining), counted(*of.limit))
              : "Qualys has not said its limit yet"
    );
    if (known && of.window_seconds)
        facts.back() += " in " + span(std::chrono::duration<double>(static_cast<double>(*of.window_seconds)));
    if (of.concurrency_limit)
        facts.push_back(fmt::format("{} of {} at once", of.running.value_or(0), *of.concurrency_limit));
    on.items(facts, 2);
    if (of.blocked_until && *of.blocked_until > all.now)
        on.line(
            fmt::format(
                "refused until {}{}{}", clock(*of.blocked_until, all.now), of.reason.empty() ? "" : ": ", of.reason
            ),
            4
        );
}

void draw(screen& on, const output_report& of, const told_report& told, const told_report* earlier)
{
    const auto now = told.report.now;
    const auto state = of.connected              ? "connected"
                       : cannot_connect(of, now) ? "cannot connect"
                                                 : "not connected: nothing to send";
    on.line(fmt::format("{}  {}  {}", of.output, of.address.empty() ? "standard output" : of.address, state), 2);
    const auto* const before = same(of, earlier);
    const auto speed =
        rate(of.sent_bytes, before != nullptr ? std::optional(before->sent_bytes) : std::nullopt, told, earlier);
    std::vector<std::string> facts{
        fmt::format(
            "sent {}, {}{}",
            plural(of.sent_events, "event"),
            bytes(static_cast<double>(of.sent_bytes)),
            speed ? " (" + bytes(*speed) + "/s)" : ""
        ),
        "unconfirmed " + bytes(static_cast<double>(of.unconfirmed_bytes)),
    };
    if (std::ranges::any_of(of.confirm_seconds.counts, [](std::uint64_t count) { return count != 0; }))
        facts.push_back("confirmed mostly " + mostly(of.confirm_seconds));
    if (of.resent_events != 0)
        facts.push_back("sent again " + plural(of.resent_events, "event"));
    if (of.failures != 0)
        facts.push_back(plural(of.failures, "failure"));
    on.items(facts, 4);
    draw_errors(on, of.last_errors, now);
}

}  // namespace

std::vector<std::string> top_lines(const told_report& now, const told_report* before, std::size_t width)
{
    screen on(std::max(width, least_width));
    draw_head(on, now);
    on.heading("SERVICES");
    for (const auto& one : now.report.services)
        draw(on, one, now, before);
    if (!now.report.quotas.empty())
        on.heading("CALLS TO QUALYS");
    for (const auto& one : now.report.quotas)
        draw(on, one, now.report);
    if (!now.report.outputs.empty())
        on.heading("OUTPUTS");
    for (const auto& one : now.report.outputs)
        draw(on, one, now, before);
    return on.take();
}

}  // namespace qdc::status
