#include "app/build_day.hpp"

#include <chrono>
#include <string_view>

namespace qdc::app
{
namespace
{

/// The two digits of __DATE__ at `place`; a day before the tenth has a blank in front.
constexpr unsigned number_at(std::string_view text, std::size_t place)
{
    const auto tens = text[place] == ' ' ? 0 : text[place] - '0';
    return static_cast<unsigned>(tens * 10 + (text[place + 1] - '0'));
}

/// "Nov 27 2026", as __DATE__ is written (C++20, [cpp.predefined]).
constexpr std::chrono::sys_days day_of(std::string_view date)
{
    constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
    const auto month = static_cast<unsigned>(months.find(date.substr(0, 3)) / 3 + 1);
    const auto year = static_cast<int>(number_at(date, 7) * 100 + number_at(date, 9));
    return std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(number_at(date, 4));
}

static_assert(day_of("Feb  3 2031") == std::chrono::sys_days(std::chrono::year(2031) / 2 / 3));

}  // namespace

utc_time build_day()
{
    return day_of(__DATE__) - std::chrono::days(1);
}

}  // namespace qdc::app
