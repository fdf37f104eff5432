#include "status/report_json.hpp"

#include "logging/scrub.hpp"
#include "status/attention.hpp"
#include "status/words.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <map>
#include <optional>

namespace qdc::status
{

namespace json = boost::json;

namespace
{

json::value text(std::string_view of)
{
    return json::string(logging::valid_utf8(of));
}

json::value value_of(utc_time at)
{
    return json::string(utc_seconds(at));
}

template <class T>
json::value value_of(const std::optional<T>& maybe)
{
    if (!maybe)
        return nullptr;
    if constexpr (std::is_same_v<T, utc_time>)
        return value_of(*maybe);
    else
        return *maybe;
}

json::object value_of(const histogram& observed)
{
    json::array buckets;
    std::uint64_t count = 0;
    for (std::size_t range = 0; range < observed.counts.size(); ++range)
    {
        count += observed.counts[range];
        json::object bucket;
        bucket["le"] = range < histogram::bounds.size() ? json::value(histogram::bounds[range]) : json::value();
        bucket["count"] = count;
        buckets.push_back(std::move(bucket));
    }
    json::object out;
    out["count"] = count;
    out["sum"] = observed.sum;
    out["buckets"] = std::move(buckets);
    return out;
}

template <class Count>
json::object value_of(const std::map<std::string, Count>& counts)
{
    json::object out;
    for (const auto& [name, count] : counts)
        out[logging::valid_utf8(name)] = count;
    return out;
}

json::array value_of(const std::deque<error_note>& notes)
{
    json::array out;
    for (const auto& note : notes)
    {
        json::object one;
        one["last"] = value_of(note.last);
        one["count"] = note.count;
        one["text"] = text(note.text);
        out.push_back(std::move(one));
    }
    return out;
}

json::value value_of(const std::optional<receipt>& cycle)
{
    if (!cycle)
        return nullptr;
    json::object out;
    out["pulling_id"] = text(cycle->pulling_id);
    out["started"] = value_of(cycle->started);
    const bool ended = cycle->ended != utc_time();
    out["ended"] = ended ? value_of(cycle->ended) : json::value();
    out["window_from"] = value_of(cycle->window_from);
    out["window_until"] = value_of(cycle->window_until);
    out["requests"] = cycle->requests;
    out["pages"] = cycle->pages;
    out["received"] = cycle->received;
    out["filtered"] = cycle->filtered;
    out["duplicate"] = cycle->duplicate;
    out["sent"] = cycle->sent;
    out["confirmed"] = cycle->confirmed;
    out["bytes"] = cycle->bytes;
    out["outcome"] = text(cycle->outcome);
    out["why"] = text(cycle->why);
    return out;
}

json::array requests_of(const service_report& of)
{
    json::array out;
    for (const auto& [what, count] : of.requests)
    {
        json::object one;
        one["endpoint"] = text(what.first);
        one["code"] = what.second;  // 0: no answer
        one["count"] = count;
        out.push_back(std::move(one));
    }
    return out;
}

json::array quarantined_of(const service_report& of)
{
    json::array out;
    for (const auto& host : of.quarantined)
    {
        json::object one;
        one["id"] = host.id;
        one["since"] = value_of(host.since);
        one["reason"] = text(host.reason);
        out.push_back(std::move(one));
    }
    return out;
}

json::object value_of(const service_report& of)
{
    json::object out;
    out["input"] = text(of.input);
    out["service"] = text(of.service);
    out["phase"] = json::string(word_of(of.phase));
    out["doing"] = text(of.doing);
    out["until"] = value_of(of.until);
    out["failing"] = of.failing;
    out["save_failure"] = text(of.save_failure);
    out["clock_skew_seconds"] = value_of(of.clock_skew_seconds);
    out["calls"] = of.calls.size();
    out["unconfirmed_events"] = of.unconfirmed_events;
    out["events_received"] = of.events_received;
    out["events_duplicate"] = of.events_duplicate;
    out["events_sent"] = of.events_sent;
    out["events_confirmed"] = of.events_confirmed;
    out["events_resent"] = of.events_resent;
    out["pages"] = of.pages;
    out["received_bytes"] = of.received_bytes;
    out["unknown_elements"] = of.unknown_elements;
    out["replaced_characters"] = of.replaced_characters;
    out["cut_fields"] = of.cut_fields;
    out["state_fallbacks"] = of.state_fallbacks;
    out["requests"] = requests_of(of);
    out["errors"] = value_of(of.errors);
    out["waited_seconds"] = value_of(of.waited_seconds);
    out["cycles"] = value_of(of.cycles);
    out["cycle_seconds"] = value_of(of.cycle_seconds);
    out["checkpoint"] = value_of(of.checkpoint);
    out["last_success"] = value_of(of.last_success);
    out["watermark"] = value_of(of.watermark);
    out["page_size"] = of.page_size;
    out["position"] = text(of.position);
    out["quarantined"] = quarantined_of(of);
    out["last_errors"] = value_of(of.last_errors);
    out["running"] = value_of(of.running);
    out["last"] = value_of(of.last);
    return out;
}

json::object value_of(const quota_report& of)
{
    json::object out;
    out["input"] = text(of.input);
    out["endpoint"] = text(of.endpoint);
    out["limit"] = value_of(of.limit);
    out["remaining"] = value_of(of.remaining);
    out["window_seconds"] = value_of(of.window_seconds);
    out["concurrency_limit"] = value_of(of.concurrency_limit);
    out["running"] = value_of(of.running);
    out["blocked_until"] = value_of(of.blocked_until);
    out["reason"] = text(of.reason);
    return out;
}

json::object value_of(const output_report& of)
{
    json::object out;
    out["output"] = text(of.output);
    out["address"] = text(of.address);
    out["connected"] = of.connected;
    out["connections"] = of.connections;
    out["failures"] = of.failures;
    out["sent_events"] = of.sent_events;
    out["resent_events"] = of.resent_events;
    out["sent_bytes"] = of.sent_bytes;
    out["unconfirmed_bytes"] = of.unconfirmed_bytes;
    out["confirm_seconds"] = value_of(of.confirm_seconds);
    out["last_errors"] = value_of(of.last_errors);
    return out;
}

json::object value_of(const certificate_report& of)
{
    json::object out;
    out["output"] = text(of.output);
    out["file"] = text(of.file);
    out["expires"] = value_of(of.expires);
    return out;
}

json::object value_of(const trouble& of)
{
    json::object out;
    out["level"] = level_of(of);
    out["part"] = text(of.part);
    out["who"] = text(of.who);
    out["text"] = text(of.text);
    return out;
}

json::object value_of(const headline& of)
{
    json::object out;
    out["level"] = of.level;
    out["text"] = text(of.text);
    return out;
}

template <class Report>
json::array values_of(const std::vector<Report>& reports)
{
    json::array out;
    for (const auto& one : reports)
        out.push_back(value_of(one));
    return out;
}

}  // namespace

std::string report_json(const collector_report& report)
{
    const auto found = troubles_of(report);
    json::object out;
    out["version"] = QDC_VERSION;
    out["now"] = value_of(report.now);
    out["started"] = value_of(report.started);
    // With its fraction, which the moments above lack: rates are made from two reports.
    out["uptime_seconds"] = std::chrono::duration<double>(report.now - report.started).count();
    out["ready"] = report.ready;
    out["stopping"] = report.stopping;
    out["reloaded"] = value_of(report.reloaded);
    out["reload_failure"] = text(report.reload_failure);
    out["log_dropped"] = report.log_dropped;
    out["loop_lag"] = value_of(report.loop_lag);
    out["headline"] = value_of(headline_of(report, found));
    out["attention"] = values_of(found);
    out["services"] = values_of(report.services);
    out["quotas"] = values_of(report.quotas);
    out["outputs"] = values_of(report.outputs);
    out["certificates"] = values_of(report.certificates);
    return json::serialize(out);
}

}  // namespace qdc::status
