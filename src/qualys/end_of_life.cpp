#include "qualys/end_of_life.hpp"

#include <array>
#include <chrono>

namespace qdc::qualys
{
namespace
{

constexpr std::chrono::days notice{90};

constexpr std::array<std::string_view, 12> months{
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December"};

}  // namespace

std::optional<std::string> end_of_life(const endpoint& endpoint, std::string_view version, utc_time now)
{
    for (const auto& known : endpoint.versions)
    {
        if (known.number != version || !known.removed)
            continue;
        // For December 2026: from 2 September on it "is removed in", from 1 January on it "was to be removed in" it.
        const std::chrono::sys_days month = *known.removed / 1;
        const std::chrono::sys_days next = (*known.removed + std::chrono::months(1)) / 1;
        if (now < month - notice)
            return std::nullopt;
        return "version " + std::string(version) + " of " + std::string(endpoint.name) +
               (now < next ? " is removed in " : " was to be removed in ") +
               std::string(months[static_cast<unsigned>(known.removed->month()) - 1]) + ' ' +
               std::to_string(static_cast<int>(known.removed->year()));
    }
    return std::nullopt;
}

}  // namespace qdc::qualys
