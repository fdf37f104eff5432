#include "qualys/limits.hpp"

#include "base/number.hpp"
#include "base/text.hpp"
#include "qualys/endpoint.hpp"

#include <string_view>

namespace qdc::qualys
{
namespace
{

/// Eleven days in seconds, or as many calls: beyond it something is broken.
constexpr std::uint64_t sane = 1'000'000;

using fields_view = const std::vector<std::pair<std::string, std::string>>&;

std::optional<std::uint64_t> number(fields_view fields, std::string_view name)
{
    for (const auto& [key, value] : fields)
    {
        if (key != name)
            continue;
        const auto read = number_in<std::uint64_t>(trimmed(value));
        return read && *read <= sane ? read : std::nullopt;
    }
    return std::nullopt;
}

std::optional<std::chrono::seconds> span(fields_view fields, std::string_view name)
{
    const auto read = number(fields, name);
    return read && *read != 0 ? std::optional(std::chrono::seconds(*read)) : std::nullopt;
}

}  // namespace

limits read_limits(const std::vector<std::pair<std::string, std::string>>& fields)
{
    limits said;
    said.calls = number(fields, "x-ratelimit-limit");
    said.window = span(fields, "x-ratelimit-window-sec");
    said.remaining = number(fields, "x-ratelimit-remaining");
    said.wait = span(fields, "x-ratelimit-towait-sec");
    said.concurrent = number(fields, "x-concurrency-limit-limit");
    said.running = number(fields, "x-concurrency-limit-running");
    return said;
}

}  // namespace qdc::qualys
