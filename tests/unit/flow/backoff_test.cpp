#include "flow/backoff.hpp"

#include <doctest/doctest.h>

using namespace qdc;
using namespace std::chrono_literals;

TEST_CASE("backoff: it doubles up to the ceiling and stays there")
{
    constexpr double most = 1.0;
    CHECK(backoff_delay(1, 1s, 60s, most) == 1s);
    CHECK(backoff_delay(2, 1s, 60s, most) == 2s);
    CHECK(backoff_delay(6, 1s, 60s, most) == 32s);
    CHECK(backoff_delay(7, 1s, 60s, most) == 60s);
    CHECK(backoff_delay(4'000'000'000u, 1s, 60s, most) == 60s);
    CHECK(backoff_delay(1, 100s, 60s, most) == 60s);
}

TEST_CASE("backoff: jitter takes away half at most")
{
    CHECK(backoff_delay(3, 1s, 60s, 0.0) == 2s);
    CHECK(backoff_delay(3, 1s, 60s, 0.5) == 3s);
    CHECK(backoff_delay(1, 3ms, 60s, 0.0) == 1ms);
}
