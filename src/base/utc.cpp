#include "base/utc.hpp"

#include <ctime>
#include <iomanip>
#include <locale>
#include <sstream>

namespace qdc
{
namespace
{

/// "YYYY-MM-DD", the separator, "HH:MM:SS".
std::string date_and_time(utc_time time, char separator)
{
    using namespace std::chrono;
    // The day, and what is left of it: the clock counts in UTC, so no time zone is involved.
    const auto day = floor<days>(time);
    const year_month_day date(day);
    const hh_mm_ss clock(floor<seconds>(time - day));

    std::string text(19, '0');
    // Writes digits from the right into a text of zeros, so short numbers are padded.
    const auto put = [&text](std::size_t end, unsigned value)
    {
        for (; value != 0; value /= 10)
            text[--end] = static_cast<char>('0' + value % 10);
    };
    put(4, static_cast<unsigned>(static_cast<int>(date.year())));
    put(7, static_cast<unsigned>(date.month()));
    put(10, static_cast<unsigned>(date.day()));
    put(13, static_cast<unsigned>(clock.hours().count()));
    put(16, static_cast<unsigned>(clock.minutes().count()));
    put(19, static_cast<unsigned>(clock.seconds().count()));
    text[4] = text[7] = '-';
    text[10] = separator;
    text[13] = text[16] = ':';
    return text;
}

/// date_and_time() with a dot and three digits of milliseconds.
std::string with_millis(utc_time time, char separator)
{
    using namespace std::chrono;
    const auto part = static_cast<unsigned>(duration_cast<milliseconds>(time - floor<seconds>(time)).count());
    std::string text = date_and_time(time, separator);
    text += '.';
    text += static_cast<char>('0' + part / 100);
    text += static_cast<char>('0' + part / 10 % 10);
    text += static_cast<char>('0' + part % 10);
    return text;
}

/// The digits of text[from, from + count) as a number, or nothing when another character is among them.
std::optional<int> digits(std::string_view text, std::size_t begin, std::size_t count)
{
    int value = 0;
    for (const char c : text.substr(begin, count))
    {
        if (c < '0' || c > '9')
            return std::nullopt;
        value = value * 10 + (c - '0');
    }
    return value;
}

// Whole years that the clock's 64 bits of nanoseconds can hold; beyond them the sum below would overflow.
constexpr std::chrono::year first_year{1678};
constexpr std::chrono::year last_year{2261};

// Qualys is no older, and a clock that is beyond the other end is broken.
constexpr std::chrono::year first_peer_year{2000};
constexpr std::chrono::year last_peer_year{2199};

}  // namespace

std::string utc_seconds(utc_time time)
{
    return date_and_time(time, 'T') + 'Z';
}

std::string utc_millis(utc_time time)
{
    return with_millis(time, ' ');
}

std::string utc_log(utc_time time)
{
    return with_millis(time, 'T');
}

std::string epoch_millis(utc_time time)
{
    return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count());
}

std::optional<utc_time> parse_utc(std::string_view text)
{
    using namespace std::chrono;
    constexpr std::string_view shape = "0000-00-00T00:00:00Z";
    if (text.size() != shape.size())
        return std::nullopt;
    // First the punctuation, then the digits, then whether there is such a date.
    for (std::size_t i = 0; i < shape.size(); ++i)
        if (shape[i] != '0' && text[i] != shape[i])
            return std::nullopt;

    const auto y = digits(text, 0, 4), mo = digits(text, 5, 2), d = digits(text, 8, 2);
    const auto h = digits(text, 11, 2), mi = digits(text, 14, 2), s = digits(text, 17, 2);
    if (!y || !mo || !d || !h || !mi || !s || *h > 23 || *mi > 59 || *s > 59)
        return std::nullopt;
    // The calendar refuses 30 February; the years are those that the clock can hold.
    const year_month_day date(year(*y), month(static_cast<unsigned>(*mo)), day(static_cast<unsigned>(*d)));
    if (!date.ok() || date.year() < first_year || date.year() > last_year)
        return std::nullopt;
    return sys_days(date) + hours(*h) + minutes(*mi) + seconds(*s);
}

std::optional<utc_time> parse_peer_utc(std::string_view text)
{
    using namespace std::chrono;
    const auto time = parse_utc(text);
    const bool plausible = time && *time >= sys_days(first_peer_year / January / 1) &&
                           *time < sys_days((last_peer_year + years(1)) / January / 1);
    return plausible ? time : std::nullopt;
}

std::optional<utc_time> parse_http_date(std::string_view text)
{
    // std::get_time is content with a text that ends early.
    constexpr std::size_t shortest = 24;
    const bool names_zone = text.ends_with("GMT");
    if (text.size() < shortest || (!names_zone && text.size() != shortest))
        return std::nullopt;
    // The three forms of RFC 9110; the first one that fits wins.
    for (const char* const form : {"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y"})
    {
        std::istringstream in{std::string(text)};
        in.imbue(std::locale::classic());
        std::tm parts{};
        in >> std::get_time(&parts, form);
        if (in.fail())
            continue;
        // Before the conversion: the clock cannot hold every year of four digits.
        const std::chrono::year year(parts.tm_year + 1900);
        if (year < first_peer_year || year > last_peer_year)
            return std::nullopt;
        return std::chrono::system_clock::from_time_t(::timegm(&parts));
    }
    return std::nullopt;
}

}  // namespace qdc
