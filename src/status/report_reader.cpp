#include "status/report_reader.hpp"

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
    explicit members(const json::value& value) : of_(value.if_object()) {}

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

    // A moment far in the future would overflow where it is compared: it counts as not known.
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

    // One object in `to` for each item of a list, filled in by `reader`.
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

/// One object of `quotas`. Members have the names of report_json.
void read_quota(const members& object, quota_report& to)
{
    object.read("input", to.input);
    object.read("endpoint", to.endpoint);
    object.read("limit", to.limit);
    object.read("remaining", to.remaining);
    object.read("window_seconds", to.window_seconds);
    object.read("concurrency_limit", to.concurrency_limit);
    object.read("running", to.running);
    object.read("blocked_until", to.blocked_until);
    object.read("reason", to.reason);
}

/// One object of `services`, and what it says of its last cycle.
void read_cycle(const members& object, reported_cycle& to)
{
    object.read("input", to.input);
    object.read("service", to.service);
    const auto* const last = object.find("last");
    if (last == nullptr)
        return;
    const members cycle(*last);
    cycle.read("requests", to.requests);
    // The end counts only with its beginning, and behind it.
    if (cycle.read("started", to.started) && cycle.read("ended", to.ended))
        to.ended = std::max(to.started, to.ended);
    else
        to.ended = {};
}

}  // namespace

std::optional<reported_calls> read_reported_calls(std::string_view text)
{
    json::error_code failure;
    // The member "services" tells a status from any other JSON object.
    const auto all = json::parse(text, failure);
    if (failure || !all.is_object() || !all.get_object().contains("services"))
        return std::nullopt;
    const members from(all);
    reported_calls report;
    from.read("now", report.now);
    from.each("quotas", report.quotas, read_quota);
    from.each("services", report.cycles, read_cycle);
    return report;
}

}  // namespace qdc::status
