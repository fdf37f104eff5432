#include "base/json_text.hpp"

#include <boost/json/parse.hpp>

#include <doctest/doctest.h>

using namespace qdc;

namespace
{

std::string json_string(std::string_view text)
{
    std::string out;
    append_json_string(out, text);
    return out;
}

}  // namespace

TEST_CASE("json text: quotes, backslashes and controls are escaped")
{
    CHECK(json_string("a\"b\\c") == R"("a\"b\\c")");
    CHECK(json_string("\b\t\n\f\r") == R"("\b\t\n\f\r")");
    CHECK(json_string(std::string("\0\x01\x1f", 3)) == R"("\u0000\u0001\u001f")");
}

TEST_CASE("json text: letters of any script stay as they are")
{
    CHECK(json_string("Ünïcode/✓ 😀\x7f") == "\"Ünïcode/✓ 😀\x7f\"");
    CHECK(json_string("") == "\"\"");
}

TEST_CASE("json text: it appends, with and without quotes")
{
    std::string out = "x:";
    append_json_escaped(out, "a\nb");
    CHECK(out == "x:a\\nb");
}

TEST_CASE("json text: a reader gets every byte back")
{
    std::string text;
    for (int i = 0; i < 128; ++i)
        text += static_cast<char>(i);
    const auto back = boost::json::parse(json_string(text));
    CHECK(std::string_view(back.as_string()) == text);
}
