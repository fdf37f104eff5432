#include "sandbox/utc.hpp"

#include <cstdio>

namespace qdc::sandbox
{
namespace
{

struct civil
{
    int year;
    unsigned month, day;
    int hour, minute, second;
};

civil split(instant at)
{
    const auto midnight = std::chrono::floor<std::chrono::days>(at);
    const std::chrono::year_month_day date(midnight);
    const std::chrono::hh_mm_ss time(at - midnight);
    return {
        .year = static_cast<int>(date.year()),
        .month = static_cast<unsigned>(date.month()),
        .day = static_cast<unsigned>(date.day()),
        .hour = static_cast<int>(time.hours().count()),
        .minute = static_cast<int>(time.minutes().count()),
        .second = static_cast<int>(time.seconds().count()),
    };
}

/// The number in `text[at, at + width)`, or -1 when anything but digits stands there.
int digits(std::string_view text, std::size_t at, std::size_t width)
{
    int value = 0;
    for (const char c : text.substr(at, width))
    {
        if (c < '0' || c > '9')
            return -1;
        value = value * 10 + (c - '0');
    }
    return value;
}

}  // namespace

instant now()
{
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

std::string to_text(instant at)
{
    const auto [year, month, day, hour, minute, second] = split(at);
    char text[64];
    const int size =
        std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02dZ", year, month, day, hour, minute, second);
    return {text, static_cast<std::size_t>(size)};
}

std::string to_http_text(instant at)
{
    static constexpr const char* days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr const char* months[] = {
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto [year, month, day, hour, minute, second] = split(at);
    const std::chrono::weekday name(std::chrono::floor<std::chrono::days>(at));
    char text[64];
    const int size = std::snprintf(
        text,
        sizeof text,
        "%s, %02u %s %04d %02d:%02d:%02d GMT",
        days[name.c_encoding()],
        day,
        months[month - 1],
        year,
        hour,
        minute,
        second
    );
    return {text, static_cast<std::size_t>(size)};
}

std::string to_american_text(instant at)
{
    const auto [year, month, day, hour, minute, second] = split(at);
    char text[64];
    const int size =
        std::snprintf(text, sizeof text, "%02u/%02u/%04d %02d:%02d:%02d", month, day, year, hour, minute, second);
    return {text, static_cast<std::size_t>(size)};
}

std::optional<instant> parse_instant(std::string_view text)
{
    const bool with_time = text.size() == 20;
    if (!with_time && text.size() != 10)
        return std::nullopt;
    if (text[4] != '-' || text[7] != '-')
        return std::nullopt;
    const int year = digits(text, 0, 4), month = digits(text, 5, 2), day = digits(text, 8, 2);
    if (year < 0 || month < 0 || day < 0)
        return std::nullopt;
    const std::chrono::year_month_day date(
        std::chrono::year(year),
        std::chrono::month(static_cast<unsigned>(month)),
        std::chrono::day(static_cast<unsigned>(day))
    );
    if (!date.ok())
        return std::nullopt;
    instant at = std::chrono::sys_days(date);
    if (!with_time)
        return at;
    if (text[10] != 'T' || text[13] != ':' || text[16] != ':' || text[19] != 'Z')
        return std::nullopt;
    const int hour = digits(text, 11, 2), minute = digits(text, 14, 2), second = digits(text, 17, 2);
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59)
        return std::nullopt;
    return at + std::chrono::hours(hour) + std::chrono::minutes(minute) + std::chrono::seconds(second);
}

}  // namespace qdc::sandbox
