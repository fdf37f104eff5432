#include "sandbox/detections.hpp"

#include "sandbox/hosts.hpp"
#include "sandbox/knowledge.hpp"
#include "sandbox/rng.hpp"

#include <algorithm>

namespace qdc::sandbox
{
namespace
{

using std::chrono::seconds;

constexpr std::array<std::string_view, 3> type_names{"Confirmed", "Potential", "Info"};
constexpr std::array<std::string_view, 4> status_names{"New", "Active", "Re-Opened", "Fixed"};

constexpr std::array<detection_status, 10> statuses{
    detection_status::fresh,
    detection_status::fresh,
    detection_status::active,
    detection_status::active,
    detection_status::active,
    detection_status::active,
    detection_status::active,
    detection_status::active,
    detection_status::fixed,
    detection_status::reopened,
};

/// Places where bytes that XML or UTF-8 forbids are put in: controls, NUL, a lone lead byte, a surrogate, a character
/// cut short, an overlong form, a lone continuation byte, U+FFFE, a byte that never occurs.
constexpr std::array<std::string_view, 9> illegal_parts{
    std::string_view("\x01", 1),
    std::string_view("\x00", 1),
    std::string_view("\xc3", 1),
    std::string_view("\xed\xa0\x80", 3),
    std::string_view("\xf0\x9f\x98", 3),
    std::string_view("\xc0\xaf", 2),
    std::string_view("\x80", 1),
    std::string_view("\xef\xbf\xbe", 3),
    std::string_view("\xff", 1),
};

std::string spoiled(std::string_view text, dice& any)
{
    std::string bad;
    const auto times = 1 + any.below(3);
    const auto step = text.size() / (times + 1);
    std::size_t from = 0;
    for (std::uint64_t time = 1; time <= times; ++time)
    {
        std::size_t to = step * time;
        while (to < text.size() && (static_cast<unsigned char>(text[to]) & 0xc0) == 0x80)
            ++to;
        bad += text.substr(from, to - from);
        bad += any.pick(illegal_parts);
        from = to;
    }
    bad += text.substr(from);
    return bad;
}

std::string_view results_of(document& out, const world& in, const detection& what)
{
    const auto& settings = in.settings;
    dice any(settings.seed, topic::results, what.host, what.number, what.version);
    if (what.version > 0 && !any.one_in(4))  // most results stay as they were
        any = dice(settings.seed, topic::results, what.host, what.number);
    const auto text = in.pool.slice(any, any.log_between(settings.results_min, settings.results_max));
    if (settings.illegal_every == 0 || (what.host * 31 + what.number) % settings.illegal_every != 0)
        return text;
    return out.keep(spoiled(text, any));
}

void describe_qds(document& out, const host_view& view, dice& any)
{
    const auto score = 1 + any.below(100);
    const auto* const severity = score >= 90 ? "CRITICAL" : score >= 70 ? "HIGH" : score >= 40 ? "MEDIUM" : "LOW";
    if (view.qds)
        out.leaf("QDS", out.keep(std::to_string(score)), "severity", severity);
    if (!view.qds_factors)
        return;
    const auto factors = out.open("QDS_FACTORS");
    if (!any.one_in(6))
        out.leaf("QDS_FACTOR", "5.9", "name", "CVSS");
    if (any.one_in(3))
        out.leaf("QDS_FACTOR", "AV:N/AC:L/Au:N/C:P/I:P/A:P", "name", "CVSS_vector & \"more\"");
    out.close(factors);
}

void describe_place(document& out, dice& any)
{
    constexpr std::array<std::string_view, 4> ports{"443", "22", "3389", "8080"};
    if (!any.one_in(2))
        return;
    out.leaf("PORT", any.pick(ports));
    out.leaf("PROTOCOL", "tcp");
    if (any.one_in(9))
        out.leaf("FQDN", "www.exämple.com");
    out.leaf("SSL", any.one_in(2) ? "1" : "0");
    if (any.one_in(7))
        out.leaf("INSTANCE", "MSSQL$<PROD> & Co");
    if (any.one_in(9))
        out.leaf("RESULT_INSTANCE", "");
}

void describe_dates(document& out, const detection& what, const host_view& view, instant processed, dice& any)
{
    const auto first = processed - seconds(86400 * (1 + any.below(700)));
    out.time("FIRST_FOUND_DATETIME", first);
    out.time("LAST_FOUND_DATETIME", processed - seconds(30));
    if (any.one_in(4))
        out.leaf("SOURCE", "QUALYS");
    describe_qds(out, view, any);
    out.number("TIMES_FOUND", 1 + any.below(200) + what.version);
    out.time("LAST_TEST_DATETIME", processed - seconds(30));
    out.time("LAST_UPDATE_DATETIME", what.updated);
    if (what.status == detection_status::fixed)
        out.time("LAST_FIXED_DATETIME", processed - seconds(30));
    if (view.reopened && what.status == detection_status::reopened)
    {
        out.time("FIRST_REOPENED_DATETIME", first + seconds(43200));
        out.time("LAST_REOPENED_DATETIME", first + seconds(64800));
        out.number("TIMES_REOPENED", 1 + any.below(4));
    }
}

void describe_rest(document& out, const detection& what, instant processed, dice& any)
{
    if (any.one_in(12))
        out.leaf("SERVICE", "win remote desktop");
    out.leaf("IS_IGNORED", what.ignored ? "1" : "0");
    out.leaf("IS_DISABLED", what.disabled ? "1" : "0");
    if (any.one_in(5))
        out.leaf("AFFECT_RUNNING_KERNEL", "0");
    out.time("LAST_PROCESSED_DATETIME", processed);
    if (any.one_in(15))
        out.leaf("LATEST_VULNERABILITY_DETECTION_SOURCE", "Cloud Agent");
    // Elements of a future version: alone, and more than once.
    if (any.one_in(23))
        out.leaf("FUTURE_MARK", " kept  as it is ");
    if (any.one_in(29))
    {
        out.leaf("FUTURE_NOTE", "first & foremost");
        out.leaf("FUTURE_NOTE", "");
        out.leaf("FUTURE_NOTE", "0007");
    }
}

/// A tenth of the findings, and now and then all of a host's.
bool has_vanished(const world& in, std::uint64_t host, std::uint64_t version, std::uint64_t number)
{
    return dice(in.settings.seed, topic::vanishing, host, version).one_in(8) ||
           dice(in.settings.seed, topic::vanishing, host, version, number + 1).one_in(10);
}

}  // namespace

std::uint64_t detection_count(const world& in, std::uint64_t host)
{
    if (is_bare(host))
        return 0;
    const auto mean = in.settings.detections;
    return std::max<std::uint64_t>(
        1, dice(in.settings.seed, topic::detection, host).between(mean / 2, mean + mean / 2)
    );
}

detection detection_of(const world& in, std::uint64_t host, std::uint64_t version, std::uint64_t number)
{
    const auto seed = in.settings.seed;
    dice any(seed, topic::detection, host, number, 1);
    detection what;
    what.host = host;
    what.number = number;
    what.version = version;
    what.type = any.one_in(10)  ? detection_type::info
                : any.one_in(5) ? detection_type::potential
                                : detection_type::confirmed;
    // Info rows have no unique id: host and QID must tell them apart.
    what.qid = what.type == detection_type::info ? 45000 + number : 100000 + any.below(800000);
    if (const auto entries = in.settings.qids; entries != 0 && what.type != detection_type::info)
        what.qid = qid_of(what.qid % (entries + entries / 4));
    what.severity = static_cast<unsigned>(1 + any.below(5));
    what.status = any.pick(statuses);
    what.ignored = any.one_in(60);
    what.disabled = any.one_in(80);
    const auto processed = processed_at(in, host, version);
    what.updated = processed - seconds(any.below(20 * 86400));
    dice turn(seed, topic::detection_change, host, number, version);
    if (version > 0 && turn.one_in(5))
    {
        what.status = turn.pick(statuses);
        what.updated = processed;
    }
    what.vanished = version > 0 && in.settings.plays_changes() && has_vanished(in, host, version, number);
    return what;
}

bool shows(const host_view& view, const detection& what)
{
    if (what.vanished)
        return false;
    if (view.qids)
    {
        const auto holds = [&what](const auto& range) { return what.qid >= range.first && what.qid <= range.second; };
        if (std::none_of(view.qids->begin(), view.qids->end(), holds))
            return false;
    }
    if (view.updated_since && what.updated < *view.updated_since)
        return false;
    if ((view.severities >> what.severity & 1U) == 0)
        return false;
    if (what.type == detection_type::info)
        return view.igs;
    if ((what.ignored && !view.ignored) || (what.disabled && !view.disabled))
        return false;
    switch (what.status)
    {
        case detection_status::fresh:
            return view.fresh;
        case detection_status::active:
            return view.active;
        case detection_status::reopened:
            return view.reopened_ones;
        case detection_status::fixed:
            break;
    }
    return view.fixed;
}

void describe(document& out, const world& in, const detection& what, const host_view& view)
{
    dice any(in.settings.seed, topic::detection, what.host, what.number, 2);
    const auto processed = processed_at(in, what.host, what.version);
    const bool info = what.type == detection_type::info;
    if (!info)
        out.number("UNIQUE_VULN_ID", 10000000 + what.host * (2 * in.settings.detections + 8) + what.number);
    out.number("QID", what.qid);
    out.leaf("TYPE", type_names[static_cast<std::size_t>(what.type)]);
    if (!info)
    {
        out.number("SEVERITY", what.severity);
        describe_place(out, any);
    }
    if (view.results)
        out.leaf("RESULTS", results_of(out, in, what));
    if (info)
        return;
    out.leaf("STATUS", status_names[static_cast<std::size_t>(what.status)]);
    describe_dates(out, what, view, processed, any);
    describe_rest(out, what, processed, any);
}

}  // namespace qdc::sandbox
