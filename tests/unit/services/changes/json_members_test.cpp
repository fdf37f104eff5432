#include "services/changes/json_members.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace qdc::services;

namespace
{

std::string all(std::string_view object)
{
    std::string out;
    json_members members(object);
    for (json_member member; members.next(member);)
        out += std::string(member.name) + '=' + std::string(member.value) + ';';
    return out;
}

}  // namespace

TEST_CASE("json members: texts, numbers, objects and arrays come as they stand")
{
    CHECK(
        all(R"({"A":"x","B":{"@c":"1","d":["}",2]},"E":[{"f":"]"}],"G":null,"H":-1.5e3})") ==
        R"(A="x";B={"@c":"1","d":["}",2]};E=[{"f":"]"}];G=null;H=-1.5e3;)"
    );
}

TEST_CASE("json members: the last brace may be missing")
{
    CHECK(all(R"({"A":"x","B":1)") == R"(A="x";B=1;)");
    CHECK(all("{").empty());
    CHECK(all("{}").empty());
    CHECK(all("").empty());
}

TEST_CASE("json members: escapes do not end a text")
{
    CHECK(all(R"({"A":"say \"}\" \\","B":"\\"})") == R"(A="say \"}\" \\";B="\\";)");
}

TEST_CASE("json members: a cut object ends without a word")
{
    const std::string whole = R"({"A":"x","B":{"c":[1,"]"]}})";
    for (std::size_t length = 0; length < whole.size(); ++length)
        CHECK_NOTHROW(all(whole.substr(0, length)));
}

TEST_CASE("json members: the text of a value with attributes is its #text")
{
    CHECK(text_of_value(R"("70")") == "70");
    CHECK(text_of_value(R"({"@severity":"HIGH","#text":"70"})") == "70");
    CHECK(text_of_value(R"({"@severity":"HIGH"})").empty());
    CHECK(text_of_value("70") == "70");
}
