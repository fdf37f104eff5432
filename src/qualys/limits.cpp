#include "qualys/limits.hpp"

#include "base/number.hpp"
#include "base/text.hpp"
#include "qualys/endpoint.hpp"

#include <algorithm>
#include <string_view>

namespace qdc::qualys
{
namespace
{

/// Eleven days in seconds, or as many calls: beyond it something is broken.
constexpr std::uint64_t sane = 1'000'000;

using fields_view = const std::vector<std::pair<std::string, std::string>>&;

/// The value of the first field of that name, or empty.
std::string_view field(fields_view fields, std::string_view name)
{
    for (const auto& [key, value] : fields)
        if (key == name)
            return trimmed(value);
    return {};
}

std::optional<std::uint64_t> number(fields_view fields, std::string_view name)
{
    const auto read = number_in<std::uint64_t>(field(fields, name));
    return read && *read <= sane ? read : std::nullopt;
}

std::optional<std::chrono::seconds> span(fields_view fields, std::string_view name)
{
    // 0 s are no wait and no window.
    const auto read = number(fields, name);
    return read && *read != 0 ? std::optional(std::chrono::seconds(*read)) : std::nullopt;
}

}  // namespace

limits read_limits(const std::vector<std::pair<std::string, std::string>>& fields)
{
    limits read;
    read.calls = number(fields, "x-ratelimit-limit");
    read.window = span(fields, "x-ratelimit-window-sec");
    read.remaining = number(fields, "x-ratelimit-remaining");
    read.wait = span(fields, "x-ratelimit-towait-sec");
    read.concurrent = number(fields, "x-concurrency-limit-limit");
    read.running = number(fields, "x-concurrency-limit-running");
    return read;
}

std::optional<std::chrono::seconds> read_retry_after(fields_view fields, utc_time now)
{
    constexpr std::chrono::seconds most = std::chrono::hours(1);
    // Two forms (RFC 9110, section 10.2.3): a date, measured from the answer's own, or a number of seconds.
    const auto text = field(fields, "retry-after");
    std::chrono::seconds wait{0};
    if (const auto until = parse_http_date(text))
        wait = std::chrono::ceil<std::chrono::seconds>(*until - parse_http_date(field(fields, "date")).value_or(now));
    else if (!text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos)
        // A number that is too large to be read is a long wait too.
        wait = std::chrono::seconds(std::min<std::uint64_t>(number_in<std::uint64_t>(text).value_or(sane), sane));
    return wait.count() > 0 ? std::optional(std::min(wait, most)) : std::nullopt;
}

}  // namespace qdc::qualys
