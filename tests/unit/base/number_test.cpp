#include "base/number.hpp"

#include <doctest/doctest.h>

#include <cstdint>

using namespace qdc;

TEST_CASE("number: a whole one is digits and nothing else")
{
    CHECK(number_in<std::uint64_t>("18446744073709551615") == 18446744073709551615u);
    CHECK(number_in<std::uint64_t>("007") == 7u);
    for (const char* const text : {"", " 1", "1 ", "-1", "+1", "0x1", "1.0", "18446744073709551616"})
    {
        CAPTURE(text);
        CHECK_FALSE(number_in<std::uint64_t>(text));
    }
}

TEST_CASE("number: hexadecimal in both cases, without 0x")
{
    CHECK(number_in<std::uint64_t>("00fF", 16) == 255u);
    for (const char* const text : {"", "0xff", "fg", " f", "-f", "10000000000000000"})
    {
        CAPTURE(text);
        CHECK_FALSE(number_in<std::uint64_t>(text, 16));
    }
}

TEST_CASE("number: one that does not fit is none")
{
    CHECK(number_in<std::uint16_t>("65535") == 65535u);
    CHECK_FALSE(number_in<std::uint16_t>("65536"));
    CHECK(number_in<std::int64_t>("-9223372036854775808").has_value());
    CHECK_FALSE(number_in<std::int64_t>("9223372036854775808"));
    CHECK(number_in<double>("1e-3") == 0.001);
    CHECK_FALSE(number_in<double>("1e999"));
}
