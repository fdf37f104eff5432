#include "base/json_object.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace qdc;

TEST_CASE("json_object: members stand in the order of the calls, behind what the text held")
{
    std::string out = "before ";
    json_object object(out);
    object.text("name", "a \"b\"\n").number("count", 18446744073709551615U).value("window", "null");
    object.texts("ids", std::vector<std::string>{"1", "\\2"}).texts("none", {});
    object.end();
    CHECK(
        out == R"(before {"name":"a \"b\"\n","count":18446744073709551615,"window":null,"ids":["1","\\2"],"none":[]})"
    );
}

TEST_CASE("json_object: an object without members, and one in another")
{
    std::string inner;
    json_object(inner).end();
    std::string out;
    json_object object(out);
    object.value("inner", inner).text("a\tb", "");
    object.end();
    CHECK(out == R"({"inner":{},"a\tb":""})");
}
