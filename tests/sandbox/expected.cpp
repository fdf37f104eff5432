#include "sandbox/expected.hpp"

#include "sandbox/activity.hpp"
#include "sandbox/detection_bodies.hpp"
#include "sandbox/detections.hpp"
#include "sandbox/host_documents.hpp"
#include "sandbox/hosts.hpp"
#include "sandbox/json_out.hpp"
#include "sandbox/knowledge.hpp"
#include "sandbox/scans.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace qdc::sandbox
{
namespace
{

using std::chrono::hours;

/// The calls that the collector makes without filters ask for what Qualys would give anyway.
host_view configured_view(const world& in, std::string_view service)
{
    const auto filters = in.settings.filters_of(service);
    return read_view(filters, in.settings);
}

std::optional<instant> configured_start(const world& in, std::string_view service)
{
    const auto text = in.settings.start_of(service);
    return text.empty() ? std::nullopt : parse_instant(text);
}

/// Makes the events of the two host services.
class host_events
{
public:
    host_events(const world& in, std::string_view service, bool latest_only, const expected_sink& sink)
        : in_(in),
          view_(configured_view(in, service)),
          start_(configured_start(in, service)),
          latest_only_(latest_only),
          sink_(sink)
    {
    }

    void detections(std::uint64_t host, std::uint64_t version, bool due)
    {
        const bool sick = in_.past.poisoned().count(host) != 0 && !is_bare(host);
        const bool required = demanded(host, version, due) && !sick;
        const auto host_part = host_part_of(in_, view_, host, version);
        if (is_bare(host))
            return sink_({host_part, required});
        const auto add = [this, &host_part, required](std::string_view members)
        {
            body_ = detection_body(host_part, members);
            sink_({body_, required});
        };
        for_each_detection(in_, view_, host, version, add);
    }

    void listed(std::uint64_t host, std::uint64_t version, bool due)
    {
        elements_.clear();
        describe_listed_host(elements_, in_, host, version, view_);
        body_ = "{";
        append_members(body_, elements_);
        sink_({body_, demanded(host, version, due)});
    }

    bool latest_only() const { return latest_only_; }

private:
    bool demanded(std::uint64_t host, std::uint64_t version, bool due) const
    {
        return due && !in_.past.is_purged(host, version) && (!start_ || processed_at(in_, host, version) >= *start_);
    }

    const world& in_;
    host_view view_;
    std::optional<instant> start_;
    bool latest_only_;
    const expected_sink& sink_;
    document elements_;
    std::string body_;
};

/// True when a later touch covered the host in the same second: nobody can be asked to have seen this version, though a
/// quick reader may.
bool overwritten(const std::vector<touch>& touches, std::uint64_t host, std::uint64_t number)
{
    if (number == 0)
        return false;  // no touch made it
    for (std::uint64_t later = number + 1; later <= touches.size(); ++later)
        if (touches[later - 1].covers(host) && touches[later - 1].at == touches[number - 1].at)
            return true;
    return false;
}

/// Calls `write` for every version that every host has had.
void expect_hosts(
    const world& in,
    host_events& events,
    void (host_events::*write)(std::uint64_t host, std::uint64_t version, bool due)
)
{
    const auto& touches = in.past.touches();
    for (std::uint64_t host = 0; host < in.settings.hosts; ++host)
    {
        const auto newest = in.past.version_of(host);
        const auto add = [&events, &touches, write, host, newest](std::uint64_t version)
        {
            const bool wanted = version == newest || !events.latest_only();
            (events.*write)(host, version, wanted && !overwritten(touches, host, version));
        };
        for_each_version(in, host, add);
    }
}

void expect_findings(const world& in, const expected_sink& sink)
{
    const auto start = configured_start(in, "vm_scans").value_or(in.begin - hours(30 * 24));
    std::string body;
    for (std::uint64_t scan = 0; scan < in.past.scan_count(); ++scan)
    {
        if (in.past.state_of(scan) != scan_state::finished)
            continue;
        const auto reference = scan_reference(in, scan);
        const bool required = launched_at(in, scan) >= start;
        for (std::uint64_t number = 0; number < finding_count(in, scan); ++number)
        {
            body = "{\"scan_reference\":";
            append_json(body, reference);
            for (const auto& member : finding_of(in, scan, number))
            {
                body += ",\"";
                body += member.name;
                body += "\":";
                if (member.what == scan_member::kind::null)
                    body += "null";
                else if (member.what == scan_member::kind::number)
                    body += member.text;
                else
                    append_json(body, member.text);
            }
            sink({body, required});
        }
    }
}

void expect_activity(const world& in, const expected_sink& sink)
{
    const auto start = configured_start(in, "user_activity").value_or(in.begin - hours(24));
    std::string body;
    for (std::uint64_t row = 0; row < activity_count(in); ++row)
    {
        const auto made = activity_of(in, row);
        if (in.settings.exclude_own_activity && made.fields[4] == in.settings.user)
            continue;
        body.clear();
        for (std::size_t column = 0; column < activity_columns.size(); ++column)
        {
            body += column == 0 ? "{\"" : ",\"";
            body += activity_columns[column];
            body += "\":";
            append_json(body, made.fields[column]);
        }
        sink({body, made.required && activity_time(in, row) >= start});
    }
}

void expect_entries(const world& in, bool latest_only, const expected_sink& sink)
{
    if (!in.settings.kb_deliver)
        return;
    const entry_view view = read_entry_view(in.settings.filters_of("knowledge_base"), in.settings);
    const auto start = configured_start(in, "knowledge_base");
    document elements;
    std::string body;
    for (std::uint64_t entry = 0; entry < in.settings.qids; ++entry)
    {
        const auto newest = in.past.version_of_entry(entry);
        for (std::uint64_t version = 0; version <= in.past.entry_touches().size(); ++version)
        {
            if (version != 0 && !in.past.entry_touches()[version - 1].covers(entry))
                continue;
            if (!shows(in, view, entry))
                continue;
            elements.clear();
            describe_entry(elements, in, entry, version, view);
            body = "{";
            append_members(body, elements);
            const bool due = (version == newest || !latest_only) && !is_stuck(in, entry);
            sink({body, due && (!start || modified_at(in, entry, version) >= *start)});
        }
    }
}

std::string text_at(const boost::json::object& event, std::string_view name)
{
    const auto* value = event.if_contains(name);
    return value == nullptr ? std::string() : boost::json::serialize(*value);
}

}  // namespace

void expect_events(const world& in, std::string_view service, bool latest_only, const expected_sink& sink)
{
    host_events hosts(in, service, latest_only, sink);
    if (service == "host_list_detection" && in.settings.deliver == "changes")
        return;  // change_replay.hpp
    if (service == "host_list_detection")
        expect_hosts(in, hosts, &host_events::detections);
    else if (service == "host_list")
        expect_hosts(in, hosts, &host_events::listed);
    else if (service == "vm_scans")
        expect_findings(in, sink);
    else if (service == "knowledge_base")
        expect_entries(in, latest_only, sink);
    else
        expect_activity(in, sink);
}

std::string identity_of(std::string_view service, std::string_view body)
{
    boost::system::error_code bad;
    const auto value = boost::json::parse(std::string(body) + '}', bad);
    if (bad || !value.is_object())
        return {};
    const auto& event = value.get_object();
    if (service == "vm_scans")
        return text_at(event, "scan_reference") + ' ' + text_at(event, "ip") + ' ' + text_at(event, "qid");
    if (service == "user_activity")
        return text_at(event, "Date") + ' ' + text_at(event, "Action") + ' ' + text_at(event, "User Name");
    if (service == "knowledge_base")
        return text_at(event, "QID");
    auto identity = text_at(event, "ID");
    const auto* const detection = event.if_contains("DETECTION");
    if (service == "host_list" || detection == nullptr || !detection->is_object())
        return identity;
    const auto& part = detection->get_object();
    const auto unique = text_at(part, "UNIQUE_VULN_ID");
    return identity + ' ' + (unique.empty() ? text_at(part, "QID") : unique);
}

}  // namespace qdc::sandbox
