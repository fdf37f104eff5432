#include "sandbox/change_replay.hpp"

#include "sandbox/arrival.hpp"
#include "sandbox/detection_bodies.hpp"
#include "sandbox/hosts.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <charconv>

namespace qdc::sandbox
{
namespace
{

namespace json = boost::json;

constexpr std::size_t sample_bytes = 600;
constexpr std::array<std::string_view, 7> counting{
    "STATUS", "SEVERITY", "TYPE", "QDS", "IS_IGNORED", "IS_DISABLED", "RESULTS"};

std::string quoted(std::string_view name, std::string_view text)
{
    return '"' + std::string(name) + "\":\"" + std::string(text) + '"';
}

/// Text of a member, or of its `#text`.
std::string text_of(const json::object& from, std::string_view name)
{
    const auto* value = from.if_contains(name);
    if (value != nullptr && value->is_object())
        value = value->get_object().if_contains("#text");
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

/// What tells findings of one host apart.
std::string key_of(const json::object& detection)
{
    const auto unique = text_of(detection, "UNIQUE_VULN_ID");
    return unique.empty() ? quoted("QID", text_of(detection, "QID")) : quoted("UNIQUE_VULN_ID", unique);
}

std::string name_of(std::string_view id, const std::string& key)
{
    return std::string(id) + ' ' + key;
}

/// The transition, as qualys-devo-collector-events(7) has it.
std::string_view change_between(const std::string* before, const std::string& now, bool same)
{
    if (before == nullptr)
        return "new";
    if (now == "Fixed" && *before != "Fixed")
        return "fixed";
    if ((now == "Re-Opened" && *before != "Re-Opened") || (*before == "Fixed" && now != "Fixed"))
        return "reopened";
    return same ? "snapshot" : "changed";
}

}  // namespace

change_replay::change_replay(const world& in) : in_(in)
{
    view_ = read_view(in.settings.filters_of("host_list_detection"), in.settings);
    view_.fresh = view_.active = view_.reopened_ones = view_.fixed = true;
    for (std::uint64_t host = 0; host < in.settings.hosts; ++host)
        for_each_version(in, host, [this, host](std::uint64_t version) { learn_host(host, version); });
}

void change_replay::learn_host(std::uint64_t host, std::uint64_t version)
{
    const auto host_part = host_part_of(in_, view_, host, version);
    host_parts_[hash_(host_part)] = host;
    const auto learn = [this, host, version, &host_part](std::string_view members)
    { learn_finding(host, version, host_part, members); };
    for_each_detection(in_, view_, host, version, learn);
}

void change_replay::learn_finding(
    std::uint64_t host, std::uint64_t version, std::string_view host_part, std::string_view members
)
{
    const auto detection = json::parse('{' + std::string(members) + '}').as_object();

    state now;
    now.version = version;
    std::string counted;
    for (const auto name : counting)
        if (const auto* const value = detection.if_contains(name))
            counted += json::serialize(*value) + '\n';
    now.print = hash_(counted);
    now.status = text_of(detection, "STATUS");
    for (const auto* const name : {"STATUS", "SEVERITY", "QDS"})
        if (const auto text = text_of(detection, name); !text.empty())
            now.was += (now.was.empty() ? "{" : ",") + quoted(name, text);
    now.was += now.was.empty() ? "{}" : "}";

    auto name = name_of(std::to_string(host_id(in_, host)), key_of(detection));
    auto& one = findings_[name];
    if (one.shown.empty())
        of_host_[host].push_back(name);
    one.host = host;
    one.shown[version] = std::move(now);
    bodies_[hash_(detection_body(host_part, members))].emplace_back(std::move(name), version);
}

void change_replay::take(std::string_view body, std::string_view line)
{
    ++out_.received;
    if (!lines_.insert(hash_(line)).second)
        return count_again(body);  // the same bytes over another connection

    // The names are ours alone, and quotes within a text have a backslash.
    const auto place = body.rfind(",\"@change\":\"");
    if (place == std::string_view::npos)
        return note(out_.invented, "invented, without a change", body);
    parts event;
    event.object = without_join(body.substr(0, place));
    auto rest = body.substr(place + 12);
    event.change = rest.substr(0, rest.find('"'));
    rest.remove_prefix(std::min(rest.size(), event.change.size() + 1));
    if (rest.substr(0, 8) == ",\"@was\":")
        event.was = rest.substr(8);
    else if (!rest.empty())
        return note(out_.invented, "invented, with more than a change", body);

    if (event.change == "gone")
        return take_gone(event, body);
    if (event.change == "host_gone")
        return take_host_gone(event, body);
    const auto known = bodies_.find(hash_(event.object));
    if (known == bodies_.end())
        return note(out_.altered, "altered or invented", body);
    // Versions of one second may look alike.
    for (const auto& [name, version] : known->second)
    {
        auto& one = findings_.at(name);
        if (follows(one, event, &one.shown.at(version), body))
            return;
    }
    const auto& one = findings_.at(known->second.front().first);
    const auto before = one.known.back() != nullptr ? one.known.back()->was : std::string("unknown");
    note(out_.altered, "does not follow from " + before, body);
}

/// The host's members stand in front when its answer came, only its ID when it did not.
void change_replay::take_gone(const parts& event, std::string_view body)
{
    const auto place = event.object.rfind(",\"DETECTION\":{");
    if (place == std::string_view::npos)
        return note(out_.invented, "invented, without a DETECTION", body);
    const auto host_part = event.object.substr(0, place);
    const auto key = event.object.substr(place + 14);
    boost::system::error_code bad;
    const auto host = json::parse(std::string(host_part) + '}', bad);
    if (bad || !host.is_object() || !key.ends_with('}'))
        return note(out_.invented, "invented", body);
    const auto id = text_of(host.get_object(), "ID");
    const auto found = findings_.find(name_of(id, std::string(key.substr(0, key.size() - 1))));
    if (found == findings_.end())
        return note(out_.invented, "invented", body);
    const auto known_part = host_parts_.find(hash_(host_part));
    const bool whole = known_part != host_parts_.end() && known_part->second == found->second.host;
    if (!whole && host_part != '{' + quoted("ID", id))
        return note(out_.altered, "altered", body);
    if (!follows(found->second, event, nullptr, body))
        note(out_.altered, "does not follow", body);
}

void change_replay::take_host_gone(const parts& event, std::string_view body)
{
    constexpr std::string_view head = "{\"ID\":\"";
    std::uint64_t id = 0;
    if (event.object.substr(0, head.size()) == head)
        std::from_chars(event.object.data() + head.size(), event.object.data() + event.object.size(), id);
    const auto host = first_host_from(in_, id);
    const bool known =
        host < in_.settings.hosts && event.object == '{' + quoted("ID", std::to_string(host_id(in_, host)));
    if (!known)
        return note(out_.invented, "invented", body);
    if (!in_.past.is_purged(host, in_.past.version_of(host)) || !event.was.empty())
        return note(out_.altered, "a host that is there", body);
    for (const auto& name : of_host_[host])
        findings_.at(name).known.push_back(nullptr);
}

/// Whether the change follows from what is known, or was known once. If so, it is known from now on.
bool change_replay::follows(finding& one, const parts& event, const state* now, std::string_view body)
{
    const auto fits = [&event, now](const state* before)
    {
        if (event.was != (before != nullptr && event.change != "snapshot" ? before->was : std::string()))
            return false;
        if (now == nullptr)
            return before != nullptr;  // gone
        const bool same = before != nullptr && before->print == now->print;
        return event.change == change_between(before != nullptr ? &before->status : nullptr, now->status, same);
    };
    const auto* const last = one.known.back();
    if (!fits(last))
    {
        if (std::none_of(one.known.begin(), one.known.end(), fits))
            return false;
        count_again(body);
    }
    if (last == nullptr || now == nullptr || now->version >= last->version)
        one.known.push_back(now);
    return true;
}

void change_replay::count_again(std::string_view body)
{
    ++out_.duplicates;
    out_.duplicate_bytes += body.size();
}

void change_replay::note(std::uint64_t& count, std::string_view fault, std::string_view body)
{
    ++count;
    keep_sample(out_.samples, fault, body, sample_bytes);
}

service_verdict change_replay::end()
{
    for (const auto& [name, one] : findings_)
    {
        const auto version = in_.past.version_of(one.host);
        if (in_.past.poisoned().count(one.host) != 0 || in_.past.is_purged(one.host, version))
            continue;
        const auto newest = one.shown.find(version);
        const auto* const known = one.known.back();
        out_.expected += newest != one.shown.end() ? 1U : 0U;
        out_.allowed += one.shown.size();
        const bool right =
            newest == one.shown.end() ? known == nullptr : known != nullptr && known->print == newest->second.print;
        if (!right)
            note(
                out_.missing,
                "missing",
                name +
                    (known != nullptr ? " is known as of version " + std::to_string(known->version) : " is not known") +
                    (newest != one.shown.end() ? " and is there" : " and is gone") + " in version " +
                    std::to_string(version)
            );
    }
    return std::move(out_);
}

}  // namespace qdc::sandbox
