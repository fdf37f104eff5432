#include "base/utc.hpp"

#include <doctest/doctest.h>

#include <chrono>

using namespace qdc;
using namespace std::chrono_literals;

namespace
{

utc_time sample()
{
    using namespace std::chrono;
    return sys_days(2024y / January / 10) + 9h + 47min + 8s + 290ms;
}

}  // namespace

TEST_CASE("utc: Qualys gets whole seconds")
{
    CHECK(utc_seconds(sample()) == "2024-01-10T09:47:08Z");
    CHECK(utc_seconds(sample() + 709ms) == "2024-01-10T09:47:08Z");
}

TEST_CASE("utc: a frame has a blank and milliseconds, a log line a T")
{
    CHECK(utc_millis(sample()) == "2024-01-10 09:47:08.290");
    CHECK(utc_log(sample()) == "2024-01-10T09:47:08.290");
    CHECK(utc_millis(sample() - 289ms) == "2024-01-10 09:47:08.001");
}

TEST_CASE("utc: a moment before 1970 is written correctly too")
{
    CHECK(utc_millis(utc_time{} - 1ms) == "1969-12-31 23:59:59.999");
}

TEST_CASE("utc: the pulling id is in milliseconds since 1970")
{
    CHECK(epoch_millis(sample()) == "1704880028290");
    CHECK(epoch_millis(utc_time{}) == "0");
}

TEST_CASE("utc: what is written is read again")
{
    for (const char* const text : {"2024-02-29T23:59:59Z", "1999-12-31T00:00:00Z", "1970-01-01T00:00:00Z"})
    {
        const auto at = parse_utc(text);
        REQUIRE(at);
        CHECK(utc_seconds(*at) == text);
    }
}

TEST_CASE("utc: another form or an impossible date is nothing")
{
    for (const char* const text :
         {"",
          "2024-01-10",
          "2024-01-10 09:47:08",
          "2024-01-10T09:47:08",
          "2024-01-10T09:47:08z",
          "2024-01-10T09:47:08.290Z",
          "2024-01-10T09:47:08Z ",
          "2024-01-10t09:47:08Z",
          "2024/01/10T09:47:08Z",
          "2023-02-29T00:00:00Z",
          "2024-00-10T00:00:00Z",
          "2024-13-10T00:00:00Z",
          "2024-01-00T00:00:00Z",
          "2024-01-10T24:00:00Z",
          "2024-01-10T09:60:08Z",
          "2024-01-10T09:47:60Z",
          "2024-01-1xT09:47:08Z",
          "+024-01-10T09:47:08Z"})
    {
        CAPTURE(text);
        CHECK_FALSE(parse_utc(text));
    }
}

TEST_CASE("utc: a date that the clock cannot hold is nothing, not another date")
{
    CHECK_FALSE(parse_utc("9999-12-31T23:59:59Z"));
    CHECK_FALSE(parse_utc("0001-01-01T00:00:00Z"));
    CHECK_FALSE(parse_utc("2262-12-31T00:00:00Z"));
    REQUIRE(parse_utc("2261-12-31T23:59:59Z"));
    CHECK(utc_seconds(*parse_utc("2261-12-31T23:59:59Z")) == "2261-12-31T23:59:59Z");
}

TEST_CASE("utc: the date of an HTTP header is read in each of its forms")
{
    const auto noon = parse_utc("2026-07-01T12:00:00Z");
    CHECK(parse_http_date("Wed, 01 Jul 2026 12:00:00 GMT") == noon);
    CHECK(parse_http_date("Wednesday, 01-Jul-26 12:00:00 GMT") == noon);
    CHECK(parse_http_date("Wed Jul  1 12:00:00 2026") == noon);
    for (const char* const other :
         {"", "2026-07-01T12:00:00Z", "Wed, 01 Jul 2026 12:00:00 CET", "Wed, 01 Jul", "Wed, 01 Jul 2026 GMT", "120"})
        CHECK_FALSE(parse_http_date(other));
}

TEST_CASE("utc: a time of a peer is one of 2000 to 2199, so that sums and differences of it fit into the clock")
{
    CHECK(utc_seconds(parse_http_date("Sat, 01 Jan 2000 00:00:00 GMT").value()) == "2000-01-01T00:00:00Z");
    CHECK(utc_seconds(parse_http_date("Tue, 31 Dec 2199 23:59:59 GMT").value()) == "2199-12-31T23:59:59Z");
    for (const char* const broken :
         {"Thu, 01 Jan 1970 00:00:00 GMT",
          "Fri, 31 Dec 1999 23:59:59 GMT",
          "Sunday, 06-Nov-94 08:49:37 GMT",
          "Sun Nov  6 08:49:37 1994",
          "Wed, 01 Jan 2200 00:00:00 GMT",
          "Fri, 01 Jan 2300 00:00:00 GMT",
          "Fri, 31 Dec 9999 23:59:59 GMT"})
    {
        CAPTURE(broken);
        CHECK_FALSE(parse_http_date(broken));
    }
    CHECK(parse_peer_utc("2000-01-01T00:00:00Z") == parse_utc("2000-01-01T00:00:00Z"));
    CHECK(parse_peer_utc("2199-12-31T23:59:59Z") == parse_utc("2199-12-31T23:59:59Z"));
    for (const char* const broken :
         {"1678-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "1999-12-31T23:59:59Z", "2200-01-01T00:00:00Z", ""})
    {
        CAPTURE(broken);
        CHECK_FALSE(parse_peer_utc(broken));
    }
}
