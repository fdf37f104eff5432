#include "base/json_text.hpp"

#include <boost/json/parse.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <string>

using namespace qdc;

namespace
{

std::string json_string(std::string_view text)
{
    std::string out;
    append_json_string(out, text);
    return out;
}

/// Byte by byte: slow, and easy to see to be right.
std::string plainly_escaped(std::string_view text)
{
    std::string out;
    for (const char c : text)
    {
        constexpr std::string_view letters = "\b\t\n\f\r\"\\";
        const auto letter = letters.find(c);
        if (letter != std::string_view::npos)
            out += std::string("\\") + "btnfr\"\\"[letter];
        else if (static_cast<unsigned char>(c) < 0x20)
            out += std::string("\\u00") + (c < 0x10 ? '0' : '1') + "0123456789abcdef"[c & 15];
        else
            out += c;
    }
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

TEST_CASE("json text: each byte is escaped the same at every place of a text of any length")
{
    for (std::size_t size = 1; size <= 70; ++size)
    {
        for (std::size_t at = 0; at < size; ++at)
        {
            for (int byte = 0; byte < 256; ++byte)
            {
                std::string text(size, 'x');
                text[at] = static_cast<char>(byte);
                std::string out;
                append_json_escaped(out, text);
                if (out != plainly_escaped(text))
                    FAIL_CHECK("byte " << byte << " at " << at << " of " << size);
            }
        }
    }
}

TEST_CASE("json text: texts longer than any block, with escapes anywhere")
{
    std::uint32_t random = 1;
    for (std::size_t size = 400; size < 1100; size += 7)
    {
        std::string text;
        for (std::size_t at = 0; at < size; ++at)
        {
            random = random * 1664525 + 1013904223;
            text +=
                (random >> 24) < 200 ? static_cast<char>('a' + (random >> 8) % 26) : static_cast<char>(random >> 16);
        }
        std::string out;
        append_json_escaped(out, text);
        CHECK(out == plainly_escaped(text));
    }
    CHECK(json_string(std::string(2000, '\x01')).size() == 2 + 6 * 2000);
}

TEST_CASE("json text: a reader gets every byte back")
{
    std::string text;
    for (int i = 0; i < 128; ++i)
        text += static_cast<char>(i);
    const auto back = boost::json::parse(json_string(text));
    CHECK(std::string_view(back.as_string()) == text);
}
