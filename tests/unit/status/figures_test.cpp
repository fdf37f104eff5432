#include "status/figures.hpp"

#include <doctest/doctest.h>

using namespace qdc;
using namespace std::chrono_literals;

TEST_CASE("figures: thousands are set apart")
{
    CHECK(status::counted(0) == "0");
    CHECK(status::counted(999) == "999");
    CHECK(status::counted(1000) == "1,000");
    CHECK(status::counted(18446744073709551615u) == "18,446,744,073,709,551,615");
    CHECK(status::plural(1, "host") == "1 host");
    CHECK(status::plural(1200, "host") == "1,200 hosts");
}

TEST_CASE("figures: bytes in the unit that keeps them short")
{
    CHECK(status::bytes(0) == "0 B");
    CHECK(status::bytes(999) == "999 B");
    CHECK(status::bytes(1024) == "1.0 KiB");
    CHECK(status::bytes(4.0 * 1024 * 1024) == "4.0 MiB");
    CHECK(status::bytes(78.4 * 1024 * 1024 * 1024) == "78 GiB");
    CHECK(status::bytes(3e18) == "2728484 TiB");
}

TEST_CASE("figures: spans are as fine as is of use")
{
    CHECK(status::span(-5s) == "0 s");
    CHECK(status::span(119s) == "119 s");
    CHECK(status::span(2min) == "2 min");
    CHECK(status::span(119min) == "119 min");
    CHECK(status::span(125min) == "2 h 5 min");
    CHECK(status::span(49h) == "2 days");
    CHECK(status::span(std::chrono::duration<double>(1e300)) == "11574074 days");
}

TEST_CASE("figures: a moment has its date only when it is another day's")
{
    const utc_time now = std::chrono::sys_days(std::chrono::year(2024) / 1 / 10) + 9h;
    CHECK(status::clock(now + 3s, now) == "09:00:03 UTC");
    CHECK(status::clock(now + 24h, now) == "2024-01-11 09:00:00 UTC");
    CHECK(status::ago(now - 3min, now) == "3 min ago");
}
