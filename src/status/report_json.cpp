#include "status/report_json.hpp"

#include "logging/scrub.hpp"
#include "status/attention.hpp"
#include "status/words.hpp"

#include <boost/describe/class.hpp>
#include <boost/describe/members.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <boost/mp11/algorithm.hpp>

#include <concepts>
#include <map>
#include <optional>
#include <type_traits>

// What of each report is shown, under the name that it has there. A figure that is to stand in /status is added here.
namespace qdc
{

BOOST_DESCRIBE_STRUCT(error_note, (), (last, count, id, text))
BOOST_DESCRIBE_STRUCT(quarantined_record, (), (kind, id, since, reason))
BOOST_DESCRIBE_STRUCT(
    receipt,
    (),
    (pulling_id,
     started,
     ended,
     window_from,
     window_until,
     requests,
     pages,
     received,
     filtered,
     duplicate,
     sent,
     confirmed,
     bytes,
     outcome,
     why)
)
BOOST_DESCRIBE_STRUCT(
    service_report,
    (),
    (input,
     service,
     phase,
     doing,
     until,
     failing,
     save_failure,
     clock_skew_seconds,
     calls,
     lanes,
     unconfirmed_events,
     events_received,
     events_duplicate,
     events_sent,
     events_confirmed,
     events_resent,
     pages,
     received_bytes,
     unknown_elements,
     unknown_names,
     replaced_characters,
     cut_fields,
     state_fallbacks,
     requests,
     errors,
     waited_seconds,
     obfuscated,
     cycles,
     changes,
     findings_known,
     kb_misses,
     kb_entries,
     cycle_seconds,
     checkpoint,
     last_success,
     watermark,
     page_size,
     position,
     quarantined,
     last_errors,
     running,
     last)
)
BOOST_DESCRIBE_STRUCT(
    quota_report,
    (),
    (input, endpoint, limit, remaining, window_seconds, concurrency_limit, running, blocked_until, reason)
)
BOOST_DESCRIBE_STRUCT(
    output_report,
    (),
    (output,
     address,
     connected,
     connections,
     failures,
     sent_events,
     resent_events,
     sent_bytes,
     unconfirmed_bytes,
     certificate_fault,
     confirm_seconds,
     last_errors)
)
BOOST_DESCRIBE_STRUCT(certificate_report, (), (output, file, expires))
BOOST_DESCRIBE_STRUCT(
    collector_report,
    (),
    (now,
     started,
     ready,
     stopping,
     reloaded,
     reload_failure,
     log_dropped,
     loop_lag,
     services,
     quotas,
     outputs,
     certificates)
)

}  // namespace qdc

namespace qdc::status
{

namespace json = boost::json;
namespace describe = boost::describe;

namespace
{

/// How each type of the reports is written. members_of() chooses by type, so a new figure needs no code of its own.
json::value value_of(std::string_view text)
{
    return json::string(logging::valid_utf8(text));
}

json::value value_of(const std::string& text)
{
    return value_of(std::string_view(text));
}

/// 1970 is nothing: a cycle that has not ended.
json::value value_of(utc_time time)
{
    return time == utc_time() ? json::value() : json::string(utc_seconds(time));
}

template <class Number>

requires std::is_arithmetic_v<Number> json::value value_of(Number number)
{
    return number;
}

json::value value_of(trouble_id id)
{
    return json::string(name(id));
}

json::value value_of(service_phase phase)
{
    return json::string(word_of(phase));
}

/// How many are under way.
json::value value_of(const std::list<call_report>& calls)
{
    return calls.size();
}

/// Counts are summed up from below, as Prometheus has them: counts 2, 1, 0 become 2, 3, 3.
json::value value_of(const histogram& observed)
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

/// Requests by endpoint and HTTP status; 0: no answer.
json::value value_of(const std::map<std::pair<std::string, unsigned>, std::uint64_t>& requests)
{
    json::array out;
    for (const auto& [call, count] : requests)
    {
        json::object one;
        one["endpoint"] = value_of(call.first);
        one["code"] = call.second;
        one["count"] = count;
        out.push_back(std::move(one));
    }
    return out;
}

template <class Count>
json::value value_of(const std::map<std::string, Count>& counts)
{
    json::object out;
    for (const auto& [name, count] : counts)
        out[logging::valid_utf8(name)] = count;
    return out;
}

// What status/attention found, with the advice for its id.
json::value value_of(const trouble& found)
{
    json::object out;
    out["level"] = level_of(found);
    out["part"] = value_of(found.part);
    out["who"] = value_of(found.who);
    out["id"] = name(found.id);
    out["text"] = value_of(found.text);
    out["fix"] = fix_of(found.id);
    return out;
}

/// The first line of the status page.
json::value value_of(const headline& shown)
{
    json::object out;
    out["level"] = shown.level;
    out["text"] = value_of(shown.text);
    return out;
}

template <class T>
json::value value_of(const std::optional<T>& maybe);

template <class Report>
requires describe::has_describe_members<Report>::value json::value value_of(const Report& report);

template <class List>

requires std::same_as<List, std::vector<typename List::value_type>> ||
    std::same_as<List, std::deque<typename List::value_type>>
        json::value value_of(const List& list)
{
    json::array out;
    for (const auto& one : list)
        out.push_back(value_of(one));
    return out;
}

template <class T>
json::value value_of(const std::optional<T>& maybe)
{
    return maybe ? value_of(*maybe) : json::value();
}

template <class Report>
json::object members_of(const Report& report)
{
    json::object out;
    boost::mp11::mp_for_each<describe::describe_members<Report, describe::mod_public>>(
        [&out, &report](auto member) { out[member.name] = value_of(report.*member.pointer); }
    );
    return out;
}

template <class Report>

requires describe::has_describe_members<Report>::value json::value value_of(const Report& report)
{
    return members_of(report);
}

}  // namespace

std::string report_json(const collector_report& report)
{
    const auto found = troubles_of(report);
    json::object out;
    out["version"] = QDC_VERSION;
    // With its fraction, which the moments lack: rates are made from two reports.
    out["uptime_seconds"] = std::chrono::duration<double>(report.now - report.started).count();
    out["headline"] = value_of(headline_of(report, found));
    out["attention"] = value_of(found);
    for (auto& [name, value] : members_of(report))
        out[name] = std::move(value);
    return json::serialize(out);
}

}  // namespace qdc::status
