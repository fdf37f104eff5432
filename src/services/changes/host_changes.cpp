// How a host becomes changes. Each line is a finding by its UNIQUE_VULN_ID:
//
//   known           the answer        change      "@was"
//   1 Active, 3     1 Active, 4       changed     {"STATUS":"Active","SEVERITY":"3"}
//   2 Fixed, 5      2 Active, 5       reopened    {"STATUS":"Fixed","SEVERITY":"5"}
//   3 Active, 2     –                 gone        {"STATUS":"Active","SEVERITY":"2"}
//   –               4 New, 1          new         –
//   5 Active, 1     5 Active, 1       nothing
//
// From then on 1, 2, 4 and 5 are known: the update holds their bytes, and 0 as the difference in findings (4 before, 4
// now). Where a filter may hide findings for a while, 3 stays known instead of being gone, and the difference is 1.

#include "services/changes/host_changes.hpp"

#include "base/fingerprint.hpp"
#include "services/changes/json_members.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace qdc::services
{
namespace
{

constexpr std::uint64_t print_mask = (std::uint64_t{1} << 48) - 1;
constexpr std::array<std::string_view, 7> counting{
    "STATUS", "SEVERITY", "TYPE", "QDS", "IS_IGNORED", "IS_DISABLED", "RESULTS"};
// In the order of the documents, so that a key is always spelled alike.
constexpr std::array<std::string_view, 6> known_by{"QID", "PORT", "PROTOCOL", "SSL", "FQDN", "INSTANCE"};

/// Appends `"NAME":value`, with a comma in front where it is not the first one.
void append_member(std::string& out, std::string_view name, std::string_view value)
{
    if (!out.empty())
        out += ',';
    out += '"';
    out += name;
    out += "\":";
    out += value;
}

/// The members of a detection that matter here; the others are only read over.
known_finding read_finding(std::string_view detection, const counted_members& counted)
{
    known_finding found;
    std::string unique;
    std::array<std::string_view, known_by.size()> parts;
    json_members members(detection);
    for (json_member member; members.next(member);)
    {
        const auto text = text_of_value(member.value);
        // UNIQUE_VULN_ID is the key. Three other members are kept as texts, because "@was" shows them.
        if (member.name == "UNIQUE_VULN_ID" && !text.empty())
            append_member(unique, member.name, member.value);
        else if (member.name == "STATUS")
            found.status = text;
        else if (member.name == "SEVERITY")
            found.severity = text;
        else if (member.name == "QDS")
            found.qds = text;
        // The parts of the other key are gathered in their places, whatever the order of the document is.
        const auto* const part = std::find(known_by.begin(), known_by.end(), member.name);
        if (part != known_by.end())
            parts[static_cast<std::size_t>(part - known_by.begin())] = member.value;
        // What counts goes into one print, name and value: so two members cannot stand in for each other.
        if (counted.count(member.name))
            found.print = fingerprint(member.value, fingerprint(member.name, found.print));
    }
    found.print &= print_mask;
    // Without a UNIQUE_VULN_ID the parts that are there make the key.
    for (std::size_t place = 0; unique.empty() && place < parts.size(); ++place)
        if (!parts[place].empty())
            append_member(found.key, known_by[place], parts[place]);
    // Qualys' own key is used wherever it is there.
    if (!unique.empty())
        found.key = std::move(unique);
    return found;
}

/// The value of "@was": what is known of a finding, without what obfuscation has to hide.
std::string was(const known_finding& finding, const counted_members& counted)
{
    std::string members;
    const auto append = [&members, &counted](std::string_view name, const std::string& text)
    {
        if (!text.empty() && !counted.hides(name))
            append_member(members, name, '"' + text + '"');
    };
    append("STATUS", finding.status);
    append("SEVERITY", finding.severity);
    append("QDS", finding.qds);
    return '{' + members + '}';
}

/// Without the number that tells it from others of the same members.
gone_finding gone(const known_finding& finding, const counted_members& counted)
{
    return {finding.key.substr(0, finding.key.rfind('"') + 1), was(finding, counted)};
}

/// Whether something that counts is different. Where the configuration has other members count than when the print was
/// made, only the texts that are known can tell: nothing is called changed because of a new configuration.
bool differs(const known_finding& before, const known_finding& now, const counted_members& counted)
{
    if (before.print != unknown_print)
        return before.print != now.print;
    return (before.status != now.status && counted.count("STATUS")) ||
           (before.severity != now.severity && counted.count("SEVERITY")) ||
           (before.qds != now.qds && counted.count("QDS"));
}

/// The transitions, first match first:
///
/// | STATUS before  | STATUS now | what counts | change   |
/// |----------------|------------|-------------|----------|
/// | not Fixed      | Fixed      |             | fixed    |
/// | not Re-Opened  | Re-Opened  |             | reopened |
/// | Fixed          | not Fixed  |             | reopened |
/// | any            | any        | differs     | changed  |
/// | any            | any        | is the same | nothing  |
std::optional<change> compare(const known_finding& before, const known_finding& now, const counted_members& counted)
{
    constexpr std::string_view fixed = "Fixed";
    constexpr std::string_view reopened = "Re-Opened";
    if (before.status != fixed && now.status == fixed)
        return change::fixed;
    if (before.status != reopened && now.status == reopened)
        return change::reopened;
    if (before.status == fixed && now.status != fixed)
        return change::reopened;
    return differs(before, now, counted) ? std::optional(change::changed) : std::nullopt;
}

/// Where the finding of that key stands, or would stand.
auto place_of(const std::vector<known_finding>& findings, const std::string& key)
{
    return std::lower_bound(
        findings.begin(),
        findings.end(),
        key,
        [](const known_finding& each, const std::string& wanted) { return order_of_keys(each.key, wanted); }
    );
}

}  // namespace

std::string_view name(change kind)
{
    switch (kind)
    {
        case change::fresh:
            return "new";
        case change::changed:
            return "changed";
        case change::snapshot:
            return "snapshot";
        case change::fixed:
            return "fixed";
        case change::reopened:
            return "reopened";
        case change::gone:
            return "gone";
        case change::host_gone:
            return "host_gone";
    }
    return "changed";
}

counted_members::counted_members(const std::vector<std::string>& ignored, std::vector<std::string> hidden)
    : hidden_(std::move(hidden))
{
    for (std::size_t place = 0; place < counting.size(); ++place)
    {
        // A bit for each member that counts: hosts remember it, so a configuration that changes is seen.
        if (std::find(ignored.begin(), ignored.end(), counting[place]) != ignored.end())
            continue;
        names_.push_back(counting[place]);
        mark_ = static_cast<std::uint8_t>(mark_ | (1u << place));
    }
}

bool counted_members::count(std::string_view name) const
{
    return std::find(names_.begin(), names_.end(), name) != names_.end();
}

bool counted_members::hides(std::string_view name) const
{
    return std::any_of(
        hidden_.begin(), hidden_.end(), [name](const std::string& each) { return each == name || each == "*"; }
    );
}

void host_changes::begin(std::uint64_t host)
{
    host_ = host;
    before_ = {};
    now_.clear();
    keys_.clear();
    // What is known of the host is read once, and stays as it is until the host came complete.
    const auto bytes = known_.find(host);
    // A value of another format counts as none: its findings are new again.
    auto read = bytes ? decode(*bytes) : std::nullopt;
    was_known_ = read.has_value();
    if (read)
        before_ = std::move(*read);
    // Prints of other members than those that count now cannot be compared.
    if (before_.counted != counted_.mark())
        for (auto& finding : before_.findings)
            finding.print = unknown_print;
    met_.assign(before_.findings.size(), false);
}

/// A key that this host has shown already gets a number.
std::string host_changes::unique_key(std::string key)
{
    const auto times = ++keys_[key];
    return times == 1 ? key : key + '#' + std::to_string(times);
}

seen_finding host_changes::seen(std::string_view detection)
{
    // A second finding of the same key gets the number 2 in each answer, so it is compared with the known one of that
    // number.
    auto now = read_finding(detection, counted_);
    now.key = unique_key(std::move(now.key));
    seen_finding result;
    const auto place = place_of(before_.findings, now.key);
    // It is not known: new.
    if (place == before_.findings.end() || place->key != now.key)
    {
        result.kind = change::fresh;
    }
    else
    {
        // It is known: it is met, and may have changed.
        met_[static_cast<std::size_t>(place - before_.findings.begin())] = true;
        result.kind = compare(*place, now, counted_);
        if (result.kind)
            result.was = was(*place, counted_);
    }
    result.status = now.status;
    now_.push_back(std::move(now));
    return result;
}

host_difference host_changes::end(answer is)
{
    host_difference made;
    // What is known and was not met is gone. Where a filter may hide it, it stays known as it was.
    for (std::size_t place = 0; place < met_.size(); ++place)
    {
        if (met_[place])
            continue;
        if (is == answer::complete)
            made.gone.push_back(gone(before_.findings[place], counted_));
        else
            now_.push_back(before_.findings[place]);
    }

    // In the order of the known ones, so that hosts that are the same have the same bytes.
    std::sort(
        now_.begin(), now_.end(), [](const auto& left, const auto& right) { return order_of_keys(left.key, right.key); }
    );
    known_host after;
    after.counted = counted_.mark();
    after.findings = std::move(now_);
    now_.clear();
    // The counts are differences: whoever takes the update adds them up.
    made.update.id = host_;
    made.update.hosts = was_known_ ? 0 : 1;
    made.update.findings =
        static_cast<std::int64_t>(after.findings.size()) - static_cast<std::int64_t>(before_.findings.size());
    // An unchanged host costs no write.
    if (!was_known_ || after != before_)
        made.update.value = encode(after);
    return made;
}

host_difference all_gone(std::uint64_t host, const known_host& before, const counted_members& counted)
{
    host_difference made;
    for (const auto& finding : before.findings)
        made.gone.push_back(gone(finding, counted));
    made.update.id = host;
    made.update.findings = -static_cast<std::int64_t>(before.findings.size());
    // A host without findings stays known: only its own end makes it unknown.
    known_host empty;
    empty.counted = counted.mark();
    made.update.value = encode(empty);
    return made;
}

}  // namespace qdc::services
