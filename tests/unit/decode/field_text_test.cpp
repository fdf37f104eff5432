#include "decode/field_text.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

using qdc::decode::field_text;

namespace
{

const std::string euro = "\xE2\x82\xAC";

/// `text` in pieces of `piece` bytes through a limit of 10 bytes.
std::string limited(std::string_view text, std::size_t piece)
{
    field_text field(10);
    for (; !text.empty(); text.remove_prefix(std::min(piece, text.size())))
        field.append(text.substr(0, piece));
    static_cast<void>(field.finish());
    return field.text();
}

}  // namespace

TEST_CASE("field text: a text up to the limit passes whole")
{
    for (const std::size_t piece : {1u, 3u, 10u})
    {
        CHECK(limited("", piece) == "");
        CHECK(limited("123456789", piece) == "123456789");
        CHECK(limited("1234567890", piece) == "1234567890");
        CHECK(limited("1234567" + euro, piece) == "1234567" + euro);
    }
}

TEST_CASE("field text: a longer one ends with a mark that says how many bytes are missing")
{
    for (const std::size_t piece : {1u, 3u, 11u})
        CHECK(limited("12345678901", piece) == "1234567890\xE2\x80\xA6[cut: 1 bytes]");
}

TEST_CASE("field text: no character is cut in the middle, and what was left out of it counts")
{
    for (const std::size_t piece : {1u, 2u, 5u, 100u})
    {
        CAPTURE(piece);
        CHECK(limited("12345678" + euro + "9", piece) == "12345678\xE2\x80\xA6[cut: 4 bytes]");
        CHECK(limited("123456789" + euro, piece) == "123456789\xE2\x80\xA6[cut: 3 bytes]");
        CHECK(limited("1234567\xF0\x9F\x98\x80", piece) == "1234567\xE2\x80\xA6[cut: 4 bytes]");
        CHECK(limited("12345678\xC3\xA4z", piece) == "12345678\xC3\xA4\xE2\x80\xA6[cut: 1 bytes]");
    }
}

TEST_CASE("field text: nothing short follows behind what was left out")
{
    field_text field(4);
    field.append("ab" + euro);  // no room for the last byte
    field.append("c");
    CHECK(field.finish());
    CHECK(field.text() == "ab\xE2\x80\xA6[cut: 4 bytes]");
}

TEST_CASE("field text: what is no UTF-8 is cut anywhere")
{
    CHECK(limited(std::string(12, '\x80'), 5) == std::string(10, '\x80') + "\xE2\x80\xA6[cut: 2 bytes]");
}

TEST_CASE("field text: texts that are joined keep to one limit and to one count")
{
    field_text front(4);
    front.append("12345");
    field_text behind(4);
    behind.append("67");
    front.append(behind);
    CHECK(front.finish());
    CHECK(front.text() == "1234\xE2\x80\xA6[cut: 3 bytes]");
}

TEST_CASE("field text: the next value knows nothing of the last one")
{
    field_text field(4);
    field.append("12345");
    CHECK(field.finish());
    field.clear();
    field.append("12");
    CHECK_FALSE(field.finish());
    CHECK(field.text() == "12");
}

TEST_CASE("field text: a large value's memory is given back")
{
    std::string text(5'000'000, 'x');
    qdc::decode::empty_for_reuse(text);
    CHECK(text.empty());
    CHECK(text.capacity() < 1000);
    text.assign(5000, 'x');
    qdc::decode::empty_for_reuse(text);
    CHECK(text.empty());
    CHECK(text.capacity() >= 5000);
}
