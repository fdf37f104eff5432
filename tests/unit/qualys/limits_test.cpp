#include "qualys/limits.hpp"

#include <doctest/doctest.h>

using namespace qdc;
using namespace qdc::qualys;
using namespace std::chrono_literals;

namespace
{

const utc_time noon = *parse_utc("2026-07-01T12:00:00Z");

std::optional<std::chrono::seconds> retry_after(std::string text, std::string date = {})
{
    std::vector<std::pair<std::string, std::string>> fields{{"retry-after", std::move(text)}};
    if (!date.empty())
        fields.emplace_back("date", std::move(date));
    return read_retry_after(fields, noon);
}

}  // namespace

TEST_CASE("limits: Retry-After is a number of seconds, at most an hour")
{
    CHECK(retry_after("6") == 6s);
    CHECK(retry_after(" 120 ") == 120s);
    CHECK(retry_after("86400") == 1h);
    CHECK(retry_after("99999999999999999999999999") == 1h);
}

TEST_CASE("limits: Retry-After is a date, compared with the answer's own, else with our clock")
{
    CHECK(retry_after("Wed, 01 Jul 2026 12:00:30 GMT") == 30s);
    CHECK(retry_after("Wed, 01 Jul 2026 12:00:30 GMT", "Wed, 01 Jul 2026 12:00:10 GMT") == 20s);
    CHECK(retry_after("Thu, 01 Jul 2027 12:00:00 GMT") == 1h);
    CHECK(retry_after("Wed, 01 Jul 2026 12:00:30 GMT", "Thu, 01 Jan 1970 00:00:00 GMT") == 30s);
    CHECK_FALSE(retry_after("Fri, 31 Dec 9999 23:59:59 GMT"));
    CHECK(retry_after("Wednesday, 01-Jul-26 12:00:30 GMT") == 30s);
}

TEST_CASE("limits: a Retry-After that is over, or none, is nothing")
{
    for (const char* const text : {"", "0", "-5", "soon", "1.5", "Wed, 01 Jul 2026 11:59:00 GMT"})
        CHECK_FALSE(retry_after(text));
    CHECK_FALSE(read_retry_after({}, noon));
}
