#include "decode/excerpt.hpp"

#include <doctest/doctest.h>

#include <string>

using qdc::decode::excerpt_around;

TEST_CASE("excerpt: a short text is shown whole")
{
    CHECK(excerpt_around("<A></B>", 3) == "<A></B>");
    CHECK(excerpt_around("", 0) == "");
    CHECK(excerpt_around("abc", 100) == "abc");
}

TEST_CASE("excerpt: of a long one the 60 bytes around the place, and where more stands")
{
    const std::string text = std::string(100, 'a') + '!' + std::string(100, 'b');
    CHECK(
        excerpt_around(text, 100) == "\xE2\x80\xA6" + std::string(30, 'a') + '!' + std::string(29, 'b') + "\xE2\x80\xA6"
    );
    CHECK(excerpt_around(text, 0) == std::string(60, 'a') + "\xE2\x80\xA6");
    CHECK(excerpt_around(text, text.size()) == "\xE2\x80\xA6" + std::string(30, 'b'));
}

TEST_CASE("excerpt: nothing in it steers a terminal or forges a line")
{
    CHECK(excerpt_around(std::string("a\x1B[2J\n\t\0\x7F\xC3\xA4z", 12), 0) == "a.[2J......z");
}
