#include "settings/spelling.hpp"

#include <doctest/doctest.h>

using namespace qdc::settings;

TEST_CASE("settings spelling: a value is shown in back-ticks")
{
    CHECK(shown("my tag") == "`my tag`");
    CHECK(shown("") == "``");
    CHECK(shown("https://a:1/x") == "`https://a:1/x`");
}

TEST_CASE("settings spelling: a value that swallowed other lines is cut before they begin")
{
    CHECK(shown("SSL chain: x password: s3cret") == "`SSL chain…`");
    CHECK(shown("one\npassword") == "`one…`");
}

TEST_CASE("settings spelling: a long value is cut, never inside a character")
{
    CHECK(excerpt(std::string(60, 'a')) == std::string(60, 'a'));
    CHECK(excerpt(std::string(61, 'a')) == std::string(60, 'a') + "…");
    CHECK(excerpt(std::string(59, 'a') + "äb") == std::string(59, 'a') + "…");
}

TEST_CASE("settings spelling: a key path joins with dots")
{
    CHECK(join_path("", "a") == "a");
    CHECK(join_path("a.b", "c") == "a.b.c");
}
