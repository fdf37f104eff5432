#include "settings/repair.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace qdc::settings;

namespace
{

std::vector<std::size_t> lines_of(const repaired& r)
{
    std::vector<std::size_t> lines;
    for (const auto& note : r.notes)
        lines.push_back(note.line);
    return lines;
}

void check_untouched(std::string_view text)
{
    CAPTURE(text);
    const auto r = repair(std::string(text));
    CHECK(r.text == text);
    CHECK(r.notes.empty());
}

}  // namespace

TEST_CASE("settings repair: typographic quotes around a value become plain ones")
{
    CHECK(repair("a: “1”\n").text == "a: \"1\"\n");
    CHECK(repair("a: ‘1’\n").text == "a: \"1\"\n");
    CHECK(repair("- “1”\n").text == "- \"1\"\n");
    CHECK(repair("“a”: “1”\n").text == "\"a\": \"1\"\n");
    CHECK(repair("{“a”:“1”,“b”: [“2”]}").text == "{\"a\":\"1\",\"b\": [\"2\"]}");
    CHECK(lines_of(repair("x: 1\n\na: “1”\n")) == std::vector<std::size_t>{3});
}

TEST_CASE("settings repair: a quote that is typographic on one side only is repaired")
{
    CHECK(repair("a: “1\"\n").text == "a: \"1\"\n");
    CHECK(repair("a: \"1”\nb: 2\n").text == "a: \"1\"\nb: 2\n");
}

TEST_CASE("settings repair: what the typographic quotes hold stays as it is")
{
    CHECK(repair("a: “x \\ y: z, #1”\n").text == "a: \"x \\\\ y: z, #1\"\n");
}

TEST_CASE("settings repair: typographic quotes inside a value, a string or a comment stay")
{
    check_untouched("a: the “best” one\n");
    check_untouched("a: \"“1”\"\n");
    check_untouched("a: 'it is “1”'\n");
    check_untouched("a: 1 # “one”\n");
    check_untouched("a: |\n  “1”,\n  b: “2”\nc: 1\n");
    check_untouched("a: >-\n  “1”\n\n  “2”\n");
    check_untouched("a: “never closed\n");
}

TEST_CASE("settings repair: a comma behind a quoted value or a bracket is dropped in block style")
{
    CHECK(repair("a: \"1\",\nb: 'x' , # y\n").text == "a: \"1\" \nb: 'x'   # y\n");
    CHECK(repair("a: [1, 2],\nb: {c: d},\n").text == "a: [1, 2] \nb: {c: d} \n");
    CHECK(lines_of(repair("a: \"1\",\nb: 'x',\n")) == std::vector<std::size_t>{1, 2});
}

TEST_CASE("settings repair: a comma in a plain value is left for whoever reads the key")
{
    check_untouched("password: abc,\n");
    check_untouched("a: x, y\n");
    check_untouched("a: \"x,\"\n");
}

TEST_CASE("settings repair: commas without a value are dropped in JSON")
{
    CHECK(repair("{\"a\": 1,\n}").text == "{\"a\": 1 \n}");
    CHECK(lines_of(repair("{\"a\": 1,\n}")) == std::vector<std::size_t>{1});
    CHECK(repair("[1,,2]").text == "[1, 2]");
    CHECK(repair("{,\"a\": 1}").text == "{ \"a\": 1}");
    check_untouched("{\"a\": [1, 2], \"b\": {}, \"c\": \",,\"}");
    check_untouched("{a: , b: 1}");
}

TEST_CASE("settings repair: no-break blanks from a web page become blanks in front of a value")
{
    CHECK(
        repair("a:\n\xC2\xA0\xC2\xA0"
               "b: 1\n")
            .text == "a:\n  b: 1\n"
    );
    check_untouched("a: \"x\xC2\xA0y\"\n");
}

TEST_CASE("settings repair: keys below a value that is complete move to its side")
{
    const auto r = repair("filters:\n  details: All   \n    show_asset_id: 1\n    show_tags: 0\nnext: 1\n");
    CHECK(r.text == "filters:\n  details: All   \n  show_asset_id: 1\n  show_tags: 0\nnext: 1\n");
    CHECK(lines_of(r) == std::vector<std::size_t>{3, 4});
}

TEST_CASE("settings repair: what belongs to a moved key moves with it")
{
    const auto r = repair("f:\n  details: \"All\"\n    status:\n      - New\n      - Fixed\n");
    CHECK(r.text == "f:\n  details: \"All\"\n  status:\n    - New\n    - Fixed\n");
}

TEST_CASE("settings repair: filters at the depth of their key, or further left, move below it")
{
    const auto r = repair("s:\n    filters:\n    show_tags: 1\n  status:\n  - New\n  other: 1\n");
    CHECK(r.text == "s:\n    filters:\n      show_tags: 1\n      status:\n        - New\n  other: 1\n");
    CHECK(lines_of(r) == std::vector<std::size_t>{3, 4, 5});
}

TEST_CASE("settings repair: sound YAML is left alone")
{
    check_untouched("a:\n  b: 1\n  c:\n    d: x\n\n# note\n  e: [\n    1,\n    2]\n");
    check_untouched("a: &x\n  b: 1\nc: !!map\n  d: 1\n");
    check_untouched("a: words that go\n  on in the next line\n");
    check_untouched("a: |\n  b: 1\n    c: 2\nd: >\n  e: 1\n    f: 2\n");
    check_untouched("- a: 1\n  b: 2\n- c\n");
    check_untouched("filters:\n  show_tags: 1\n");
    check_untouched("a: http://x\nb: 'it''s'\nc: \"x \\\" y\"\n");
}

TEST_CASE("settings repair: lines stay lines, whatever the text")
{
    const std::string text = "filters:\n  details: All ,\n    show_tags: “1”,\n  x: [1,,2],\n\"open\n";
    for (std::size_t cut = 0; cut <= text.size(); ++cut)
    {
        const auto part = text.substr(0, cut);
        const auto repaired = repair(part).text;
        CHECK(std::count(repaired.begin(), repaired.end(), '\n') == std::count(part.begin(), part.end(), '\n'));
    }
}
