#include "settings/readers.hpp"
#include "settings/values.hpp"

#include <algorithm>
#include <cmath>

namespace qdc::settings
{
namespace
{

/// "2.5 a second" as an integer of calls in an integer of seconds. Rounded towards fewer calls: a limit is a promise.
request_limit per_second(double rate)
{
    if (rate >= 1)
        return {std::chrono::seconds(1), static_cast<std::uint32_t>(rate)};
    return {std::chrono::seconds(static_cast<std::int64_t>(std::ceil(1 / rate))), 1};
}

/// One item of `requests_limits`. Nothing: it is no limit, or a reported mistake.
std::optional<request_limit> read_limit(const node& item, const std::string& path, findings& out)
{
    if (item.is != node::kind::map)
    {
        out.error(
            item.at,
            path,
            "is " + std::string(kind_name(item)) + ", where a map is due",
            "write `period: 1h` and `number_of_requests: 300`"
        );
        return {};
    }
    const section section(item, part::request_limit, path, out);
    // Both keys are read before either is judged, so that both mistakes are reported at once.
    const auto calls = section.whole("number_of_requests");
    const auto written = section.text("period");
    const auto period = parse_period(written);
    if (section.given("period") && !period)
        section.error(
            "period", shown(written) + " is no period", "write a number and one of s, m, h, d, w, M, y, as 15m"
        );
    if (section.given("number_of_requests") && calls == 0)
        section.error("number_of_requests", "0 would never allow a request", "write -1 for no limit");
    // -1 is the official spelling of "no limit".
    if (!period || calls <= 0)
        return {};
    return request_limit{*period, static_cast<std::uint32_t>(calls)};
}

}  // namespace

std::vector<request_limit> read_limits(const section& owner)
{
    std::vector<request_limit> limits;
    // The short form is one more limit, not another kind of one.
    if (owner.given("requests_per_second"))
        if (const auto rate = owner.decimal("requests_per_second"); rate > 0)
            limits.push_back(per_second(rate));

    const auto* list = owner.value("requests_limits");
    if (list == nullptr)
        return limits;
    if (list->is != node::kind::list)
    {
        owner.error(
            "requests_limits",
            "is " + std::string(kind_name(*list)) + ", where a list is due",
            "begin each limit with `- period: …`"
        );
        return limits;
    }
    // Each item has its place in the list as its key path: "requests_limits[0]".
    std::size_t index = 0;
    for (const auto& item : list->items)
    {
        const auto path = owner.path_of("requests_limits") + "[" + std::to_string(index++) + "]";
        if (const auto limit = read_limit(item, path, owner.out()))
            limits.push_back(*limit);
    }
    return limits;
}

}  // namespace qdc::settings
