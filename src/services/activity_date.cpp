#include "services/activity_date.hpp"

#include "base/number.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <string>

namespace qdc::services
{
namespace
{

constexpr std::string_view digits = "0123456789";

/// What has to be taken from a local time; nothing: it is no zone.
std::optional<std::chrono::minutes> offset_of(std::string_view zone)
{
    if (zone.empty() || same_letters(zone, "Z") || same_letters(zone, "UTC") || same_letters(zone, "GMT"))
        return std::chrono::minutes(0);
    // "+01:00", "+0100" and "+01" are all brought to the form of four digits, "0100".
    const char sign = zone.front();
    std::string numbers(zone.substr(1));
    if (numbers.size() == 5 && numbers[2] == ':')
        numbers.erase(2, 1);
    if (numbers.size() == 2)
        numbers += "00";
    const bool good = numbers.size() == 4 && numbers.find_first_not_of(digits) == std::string::npos;
    if (!good || (sign != '+' && sign != '-'))
        return std::nullopt;
    const auto hours = *number_in<int>(std::string_view(numbers).substr(0, 2));
    const auto minutes = *number_in<int>(std::string_view(numbers).substr(2));
    // No place on earth is further ahead: this is some other number.
    if (hours > 14 || minutes > 59)
        return std::nullopt;
    // A zone east of Greenwich is ahead of UTC, so its offset is positive.
    return std::chrono::minutes((hours * 60 + minutes) * (sign == '-' ? -1 : 1));
}

}  // namespace

std::optional<utc_time> activity_date(std::string_view text)
{
    constexpr std::size_t seconds_end = 19;  // of "2026-11-22T09:59:58"
    if (text.size() < seconds_end)
        return std::nullopt;
    // "2026-11-22 10:59:58.123+01:00" becomes "2026-11-22T10:59:58Z" less one hour: 2026-11-22T09:59:58Z.
    std::string plain(text.substr(0, seconds_end));
    if (plain[10] == ' ' || plain[10] == 't')
        plain[10] = 'T';
    // The fraction is dropped: a window consists of complete seconds.
    auto rest = text.substr(seconds_end);
    if (rest.starts_with('.') || rest.starts_with(','))
        rest.remove_prefix(std::min(rest.find_first_not_of(digits, 1), rest.size()));
    // What stands behind is the zone, which must be known: a wrong one would put the row into the wrong window.
    const auto local = parse_peer_utc(plain + 'Z');
    const auto offset = offset_of(trimmed(rest));
    if (!local || !offset)
        return std::nullopt;
    return *local - *offset;
}

}  // namespace qdc::services
