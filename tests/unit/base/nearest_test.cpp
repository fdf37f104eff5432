#include "base/nearest.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace qdc;

TEST_CASE("nearest: a misspelt word finds its neighbour, a strange one finds none")
{
    const std::vector<std::string_view> words{"override_tag", "page_size", "filters"};
    CHECK(nearest("overide_tag", words) == "override_tag");
    CHECK(nearest("filter", words) == "filters");
    CHECK(nearest("pagesize", words) == "page_size");
    CHECK(nearest("volume", words).empty());
    CHECK(nearest("", words).empty());
    CHECK(nearest("filters", {}).empty());
}

TEST_CASE("nearest: two letters that changed places are one mistake")
{
    CHECK(nearest("rnu", {"run", "plan", "top"}) == "run");
    CHECK(nearest("tpo", {"run", "plan", "top"}) == "top");
    CHECK(nearest("por", {"run", "plan", "top"}).empty());
}

TEST_CASE("nearest: the case of letters does not count")
{
    CHECK(nearest("netbios", {"NETBIOS", "DNS"}) == "NETBIOS");
    CHECK(nearest("User-Name", {"User Name", "User IP"}) == "User Name");
}

TEST_CASE("nearest: a text without end costs nothing")
{
    const std::string endless(10'000'000, 'x');
    CHECK(nearest(endless, {"x"}).empty());
    CHECK(nearest("x", {endless}).empty());
}
