#include "status/report_reader.hpp"

#include "status/words.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <concepts>

namespace qdc::status
{

namespace json = boost::json;

namespace
{

/// Differences of moments up to here cannot overflow.
constexpr utc_time latest = std::chrono::sys_days(std::chrono::year(2200) / 1 / 1);

/// The members of one object, each as what it is wanted as.
class members
{
public:
    explicit members(const json::value& of) : of_(of.if_object()) {}

    // Each says whether it is there; else `to` stays as it is.

    bool read(std::string_view name, std::string& to) const
    {
        const auto* const found = find(name);
        const bool fits = found != nullptr && found->is_string();
        if (fits)
            to = found->get_string();
        return fits;
    }

    bool read(std::string_view name, bool& to) const
    {
        const auto* const found = find(name);
        const bool fits = found != nullptr && found->is_bool();
        if (fits)
            to = found->get_bool();
        return fits;
    }

    template <class Number>
    requires std::unsigned_integral<Number> || std::floating_point<Number>

    bool read(std::string_view name, Number& to) const
    {
        const auto* const found = find(name);
        if (found == nullptr || !found->is_number())
            return false;
        json::error_code beyond_its_range;
        const auto number = found->to_number<Number>(beyond_its_range);
        if (!beyond_its_range)
            to = number;
        return !beyond_its_range;
    }

    bool read(std::string_view name, utc_time& to) const
    {
        std::string text;
        read(name, text);
        const auto at = parse_utc(text);
        const bool fits = at && *at >= utc_time() && *at < latest;
        if (fits)
            to = *at;
        return fits;
    }

    template <class T>
    bool read(std::string_view name, std::optional<T>& to) const
    {
        T value{};
        const bool fits = read(name, value);
        if (fits)
            to = value;
        return fits;
    }

    template <class List, class Reader>
    void each(std::string_view name, List& to, Reader reader) const
    {
        if (const auto* const found = find(name); found != nullptr && found->is_array())
            for (const auto& one : found->get_array())
                reader(members(one), to.emplace_back());
    }

    const json::value* find(std::string_view name) const { return of_ != nullptr ? of_->if_contains(name) : nullptr; }

private:
    const json::object* of_;
};

service_phase phase_of(const std::string& word)
{
    const auto found =
        std::ranges::find(phase_words, word, [](const auto& known) { return std::string(known.second); });
    return found != phase_words.end() ? found->first : service_phase::starting;
}

void read_note(const members& from, error_note& to)
{
    from.read("last", to.last);
    from.read("count", to.count);
    from.read("text", to.text);
}

void read_host(const members& from, quarantined_host& to)
{
    from.read("id", to.id);
    from.read("since", to.since);
    from.read("reason", to.reason);
}

void read_receipt(const json::value* found, std::optional<receipt>& to)
{
    if (found == nullptr || !found->is_object())
        return;
    const members from(*found);
    auto& of = to.emplace();
    from.read("started", of.started);
    from.read("ended", of.ended);
    from.read("pages", of.pages);
    from.read("received", of.received);
    from.read("confirmed", of.confirmed);
    from.read("outcome", of.outcome);
    from.read("why", of.why);
}

/// Its ranges hold what is below them as well; ours do not.
void read_histogram(const json::value* found, histogram& to)
{
    if (found == nullptr)
        return;
    const members from(*found);
    from.read("sum", to.sum);
    std::vector<std::uint64_t> counts;
    from.each("buckets", counts, [](const members& range, std::uint64_t& count) { range.read("count", count); });
    if (counts.size() != to.counts.size() || !std::ranges::is_sorted(counts))
        return;
    for (std::size_t range = 0; range < counts.size(); ++range)
        to.counts[range] = counts[range] - (range == 0 ? 0 : counts[range - 1]);
}

void read_service(const members& from, service_report& to)
{
    std::string phase;
    from.read("phase", phase);
    to.phase = phase_of(phase);
    from.read("input", to.input);
    from.read("service", to.service);
    from.read("doing", to.doing);
    from.read("until", to.until);
    from.read("events_received", to.events_received);
    from.read("events_duplicate", to.events_duplicate);
    from.read("events_sent", to.events_sent);
    from.read("events_confirmed", to.events_confirmed);
    from.read("last_success", to.last_success);
    from.read("watermark", to.watermark);
    from.read("page_size", to.page_size);
    from.read("position", to.position);
    from.each("quarantined", to.quarantined, read_host);
    from.each("last_errors", to.last_errors, read_note);
    read_receipt(from.find("running"), to.running);
    read_receipt(from.find("last"), to.last);
}

void read_quota(const members& from, quota_report& to)
{
    from.read("input", to.input);
    from.read("endpoint", to.endpoint);
    from.read("limit", to.limit);
    from.read("remaining", to.remaining);
    from.read("window_seconds", to.window_seconds);
    from.read("concurrency_limit", to.concurrency_limit);
    from.read("running", to.running);
    from.read("blocked_until", to.blocked_until);
    from.read("reason", to.reason);
}

void read_output(const members& from, output_report& to)
{
    from.read("output", to.output);
    from.read("address", to.address);
    from.read("connected", to.connected);
    from.read("connections", to.connections);
    from.read("failures", to.failures);
    from.read("sent_events", to.sent_events);
    from.read("resent_events", to.resent_events);
    from.read("sent_bytes", to.sent_bytes);
    from.read("unconfirmed_bytes", to.unconfirmed_bytes);
    read_histogram(from.find("confirm_seconds"), to.confirm_seconds);
    from.each("last_errors", to.last_errors, read_note);
}

void read_certificate(const members& from, certificate_report& to)
{
    from.read("output", to.output);
    from.read("file", to.file);
    from.read("expires", to.expires);
}

/// The moments have no fraction, the uptime has: rates need it.
void read_times(const members& from, collector_report& to)
{
    from.read("now", to.now);
    from.read("started", to.started);
    double up = -1;
    from.read("uptime_seconds", up);
    constexpr double ten_years = 10 * 365 * 86400.0;
    if (up >= 0 && up < ten_years)
        to.started = to.now - std::chrono::round<utc_time::duration>(std::chrono::duration<double>(up));
}

}  // namespace

std::optional<told_report> read_report(std::string_view text)
{
    json::error_code failure;
    const auto all = json::parse(text, failure);
    if (failure || !all.is_object() || !all.get_object().contains("services"))
        return std::nullopt;
    const members from(all);
    told_report told;
    from.read("version", told.version);
    read_times(from, told.report);
    from.read("ready", told.report.ready);
    from.read("stopping", told.report.stopping);
    from.read("reloaded", told.report.reloaded);
    from.read("log_dropped", told.report.log_dropped);
    from.each("services", told.report.services, read_service);
    from.each("quotas", told.report.quotas, read_quota);
    from.each("outputs", told.report.outputs, read_output);
    from.each("certificates", told.report.certificates, read_certificate);
    return told;
}

}  // namespace qdc::status
