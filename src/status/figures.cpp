#include "status/figures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

namespace qdc::status
{

std::string counted(std::uint64_t number)
{
    auto digits = std::to_string(number);
    for (auto at = digits.size(); at > 3;)
        digits.insert(at -= 3, ",");
    return digits;
}

std::string plural(std::uint64_t number, std::string_view noun)
{
    return fmt::format("{} {}{}", counted(number), noun, number == 1 ? "" : "s");
}

std::string bytes(double number)
{
    constexpr std::string_view units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    std::size_t unit = 0;
    for (; number >= 1000 && unit + 1 < std::size(units); ++unit)
        number /= 1024;
    return fmt::format("{:.{}f} {}", number, unit == 0 || number >= 10 ? 0 : 1, units[unit]);
}

/// The unit changes where its figure would become long: 119 s, then 2 min; 119 min, then 2 h 0 min; 47 h 59 min, then 2
/// days.
std::string span(std::chrono::duration<double> length)
{
    const auto seconds = std::llround(std::clamp(length.count(), 0.0, 1e12));
    if (seconds < 120)
        return fmt::format("{} s", seconds);
    if (seconds < 7200)
        return fmt::format("{} min", seconds / 60);
    if (seconds < 2 * 86400)
        return fmt::format("{} h {} min", seconds / 3600, seconds / 60 % 60);
    return fmt::format("{} days", seconds / 86400);
}

std::string ago(utc_time time, utc_time now)
{
    return span(now - time) + " ago";
}

std::string clock(utc_time time, utc_time now)
{
    const auto text = utc_seconds(time);
    const bool today = text.substr(0, 10) == utc_seconds(now).substr(0, 10);
    return (today ? "" : text.substr(0, 10) + ' ') + text.substr(11, 8) + " UTC";
}

}  // namespace qdc::status
