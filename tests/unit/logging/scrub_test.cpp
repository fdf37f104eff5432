#include "logging/scrub.hpp"

#include <doctest/doctest.h>

using namespace qdc::logging;
using namespace std::string_literals;

TEST_CASE("log scrub: plain text, also beyond ASCII, stays as it is")
{
    const auto text = "C:\\new \"x\" Z\xc3\xbcrich \xe2\x82\xac \xf0\x9f\x98\x80";
    CHECK(on_one_line(text) == text);
    CHECK(valid_utf8(text) == text);
}

TEST_CASE("log scrub: control characters are shown, not obeyed")
{
    CHECK(on_one_line("a\nb\rc\td\x1b[31m\x7f\0"s) == "a\\nb\\rc\\td\\x1b[31m\\x7f\\x00");
    CHECK(on_one_line("\xc2\x9b\xc2\x85") == "\\u009b\\u0085");
}

TEST_CASE("log scrub: separators and changes of direction are shown too")
{
    CHECK(on_one_line("\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xae\xe2\x81\xa6") == "\\u2028\\u2029\\u202e\\u2066");
}

TEST_CASE("log scrub: bytes that are no UTF-8 are shown or replaced, one by one")
{
    CHECK(on_one_line("a\xff\xc3z") == "a\\xff\\xc3z");
    const std::string replacement = "\xef\xbf\xbd";
    CHECK(valid_utf8("a\xff\xc3z") == "a" + replacement + replacement + "z");
    CHECK(valid_utf8("\xc0\xaf") == replacement + replacement);                           // overlong
    CHECK(valid_utf8("\xe0\x80\x80") == replacement + replacement + replacement);         // overlong
    CHECK(valid_utf8("\xed\xa0\x80") == replacement + replacement + replacement);         // surrogate
    CHECK(valid_utf8("\xf4\x90\x80\x80").size() == 4 * replacement.size());               // beyond U+10FFFF
    CHECK(valid_utf8("\xf0\x9f\x98") == replacement + replacement + replacement);         // cut
    CHECK(valid_utf8("\xf4\x8f\xbf\xbf\xed\x9f\xbf") == "\xf4\x8f\xbf\xbf\xed\x9f\xbf");  // the last good ones
}

TEST_CASE("log scrub: a cut never divides a character")
{
    CHECK(shortened("abc", 3) == "abc");
    CHECK(shortened("abcd", 3) == "abc... (1 bytes more)");
    CHECK(shortened("a\xe2\x82\xac!", 2) == "a... (4 bytes more)");
    CHECK(shortened("a\xe2\x82\xac!", 3) == "a... (4 bytes more)");
    CHECK(shortened("a\xe2\x82\xac!", 4) == "a\xe2\x82\xac... (1 bytes more)");
}
