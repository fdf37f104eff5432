#include "settings/problem.hpp"

#include <doctest/doctest.h>

using namespace qdc::settings;

TEST_CASE("settings report: a problem is one line with severity, file, line, key, fault and fix")
{
    const problem p{severity::error, "/x/config.yaml", 12, "inputs.qualys.id", "is missing", "add `id: …` to this map"};
    CHECK(describe(p) == "error: /x/config.yaml:12: inputs.qualys.id: is missing; fix: add `id: …` to this map");
}

TEST_CASE("settings report: what a problem does not have is left out")
{
    CHECK(describe({severity::warning, "/x/c.yaml", 0, "", "is empty", ""}) == "warning: /x/c.yaml: is empty");
}

TEST_CASE("settings report: line breaks and escape sequences of the file do not reach the terminal")
{
    CHECK(describe({severity::error, "f", 1, "a\nb", "\x1b[31mx", ""}) == "error: f:1: a b:  [31mx");
}

TEST_CASE("settings report: the JSON form is an array of objects")
{
    CHECK(problems_json({}) == "[]");
    const std::vector<problem> two{
        {severity::error, "f", 3, "a.b", "say \"x\"", "m"}, {severity::warning, "f", 0, "", "w", ""}};
    CHECK(
        problems_json(two) ==
        R"([{"severity":"error","file":"f","line":3,"key":"a.b","problem":"say \"x\"","fix":"m"},)"
        "\n"
        R"( {"severity":"warning","file":"f","line":0,"key":"","problem":"w","fix":""}])"
    );
}
