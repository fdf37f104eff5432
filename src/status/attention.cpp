#include "status/attention.hpp"

#include "status/figures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>

namespace qdc::status
{

using namespace std::chrono_literals;

namespace
{

constexpr auto recently = 300s;  // an error of so long ago still counts
constexpr auto long_wait = 600s;
constexpr auto far_behind = 3600s;

std::string_view words_of_outcome(std::string_view outcome)
{
    if (outcome == "login")
        return "login refused";
    return outcome == "retired" ? "API version retired" : outcome;
}

bool waits_long(const service_report& of, utc_time now)
{
    return of.phase == service_phase::waiting && of.until && *of.until - now > long_wait;
}

void add_troubles(const service_report& of, const std::string& who, utc_time now, std::vector<trouble>& found)
{
    const auto part = "service " + of.input + ' ' + of.service;
    const auto* const error = of.last_errors.empty() ? nullptr : &of.last_errors.front();
    const bool still =
        error != nullptr && now - error->last < recently && (!of.last_success || *of.last_success <= error->last);
    const bool ended_badly =
        of.last && (of.last->outcome == "failed" || of.last->outcome == "login" || of.last->outcome == "retired");
    if (of.phase == service_phase::refused || of.phase == service_phase::stopped)
        found.push_back({true, who, of.doing, part});
    else if (waits_long(of, now))
        found.push_back({false, who, of.doing + ", until " + clock(*of.until, now), part});
    else if (still)
        found.push_back({false, who, error->text, part});
    else if (ended_badly)
        found.push_back(
            {true, who, fmt::format("its last cycle: {}. {}", words_of_outcome(of.last->outcome), of.last->why), part}
        );
    if (!of.quarantined.empty())
        found.push_back({false, who, plural(of.quarantined.size(), "host") + " cannot be fetched", part});
}

void add_troubles(const certificate_report& of, utc_time now, std::vector<trouble>& found)
{
    const auto left = of.expires - now;
    const auto part = "certificate " + of.output + ' ' + of.file;
    if (left <= 0s)
        found.push_back({true, of.file, "has expired", part});
    else if (left < 45 * 24h)
        found.push_back(
            {left < 14 * 24h, of.file, "ends in " + plural(static_cast<std::uint64_t>(left / 24h), "day"), part}
        );
}

/// At work on what has been there for long: a first run, or after an outage.
bool catches_up(const service_report& of, utc_time now)
{
    const bool works = of.phase == service_phase::pulling || of.phase == service_phase::waiting;
    return works && !(of.watermark && now - *of.watermark < far_behind);
}

/// "2 need attention: host_list, out". A part with several troubles is one.
std::string needy(const std::vector<trouble>& found)
{
    constexpr std::size_t a_line = 3;
    std::set<std::string_view> parts;
    std::string names;
    for (const auto& one : found)
        if (parts.insert(one.part).second)
            names += (names.empty() ? ": " : ", ") + one.who;
    const auto* const verb = parts.size() == 1 ? "needs" : "need";
    return fmt::format("{} {} attention{}", parts.size(), verb, parts.size() > a_line ? "" : names);
}

std::string progress(const collector_report& all)
{
    std::vector<std::string> behind;
    for (const auto& one : all.services)
        if (catches_up(one, all.now))
            behind.push_back(name_of(one, all));
    if (behind.size() == 1)
        return fmt::format("All is well; {} is catching up", behind.front());
    if (!behind.empty())
        return fmt::format("All is well; {} services are catching up", behind.size());
    const auto count = all.services.size();
    if (count == 1)
        return "The service is up to date";
    return fmt::format("{} services are up to date", count == 2 ? "Both" : fmt::format("All {}", count));
}

}  // namespace

bool one_input(const collector_report& all)
{
    return std::ranges::all_of(
        all.services, [&all](const service_report& one) { return one.input == all.services.front().input; }
    );
}

std::string name_of(const service_report& one, const collector_report& all)
{
    return one_input(all) ? one.service : one.input + ' ' + one.service;
}

bool cannot_connect(const output_report& of, utc_time now)
{
    return !of.connected && !of.last_errors.empty() &&
           (now - of.last_errors.front().last < recently || of.unconfirmed_bytes > 0);
}

std::vector<trouble> troubles_of(const collector_report& all)
{
    std::vector<trouble> found;
    for (const auto& one : all.services)
        add_troubles(one, name_of(one, all), all.now, found);
    for (const auto& one : all.outputs)
        if (cannot_connect(one, all.now))
            found.push_back({true, one.output, one.last_errors.front().text, "output " + one.output});
    for (const auto& one : all.certificates)
        add_troubles(one, all.now, found);
    std::ranges::stable_sort(found, std::greater(), &trouble::bad);
    return found;
}

std::string_view level_of(const trouble& one)
{
    return one.bad ? "bad" : "warn";
}

headline headline_of(const collector_report& all, const std::vector<trouble>& found)
{
    if (all.stopping)
        return {"calm", "Stopping"};
    if (!found.empty())
        return {level_of(found.front()), needy(found)};
    if (!all.ready)
        return {"calm", "Starting"};
    return {"good", progress(all)};
}

}  // namespace qdc::status
