#include "settings/document.hpp"
#include "settings/findings.hpp"

#include <doctest/doctest.h>

using namespace qdc::settings;

namespace
{

struct parsed
{
    node root;
    std::vector<problem> problems;
};

parsed parse(std::string text)
{
    findings out(false);
    auto root = parse_document(std::move(text), "f", out);
    return {std::move(root), std::move(out).in_order()};
}

/// Text of a member of the root; "-" when it is not there.
std::string text_of(const parsed& p, std::string_view key)
{
    const auto* m = p.root.find(key);
    return m == nullptr ? "-" : m->value.text;
}

}  // namespace

TEST_CASE("settings document: every value knows its line, in YAML and in JSON")
{
    const auto yaml = parse("# first\na: 1\nb:\n  - x\n  - y\n");
    CHECK(yaml.root.find("a")->at.line == 2);
    CHECK(yaml.root.find("b")->at.line == 3);
    CHECK(yaml.root.find("b")->value.items.at(1).at.line == 5);

    const auto json = parse("{\n\t\"a\": 1,\n\t\t\"b\": [\n\"x\", \"y\"]}");
    CHECK(json.problems.empty());
    CHECK(json.root.find("b")->at.line == 3);
    CHECK(json.root.find("b")->value.items.at(1).at.line == 4);
}

TEST_CASE("settings document: a value keeps its spelling, and whether it was quoted")
{
    const auto p = parse("a: 00123\nb: \"00123\"\nc: 2024-01-10T00:00:00Z\nd: 3.0\n");
    CHECK(text_of(p, "a") == "00123");
    CHECK_FALSE(p.root.find("a")->value.quoted);
    CHECK(text_of(p, "b") == "00123");
    CHECK(p.root.find("b")->value.quoted);
    CHECK(text_of(p, "c") == "2024-01-10T00:00:00Z");
    CHECK(text_of(p, "d") == "3.0");
}

TEST_CASE("settings document: JSON escapes are read, surrogate pairs too")
{
    const auto p = parse(R"({"a": "\ud83d\ude00 \u00e9 \/ \t.", "b": "\\ud83d\\ude00"})");
    CHECK(p.problems.empty());
    CHECK(text_of(p, "a") == "😀 é / \t.");
    CHECK(text_of(p, "b") == "\\ud83d\\ude00");
}

TEST_CASE("settings document: a byte order mark and Windows line ends are no problem")
{
    const auto p = parse("\xEF\xBB\xBF{\"a\": 1,\r\n\"b\": \"x\"}\r\n");
    CHECK(p.problems.empty());
    CHECK(text_of(p, "a") == "1");
    CHECK(parse("\xEF\xBB\xBF{“a”: 1,}").problems.size() == 2);
    const auto yaml = parse("a: one\r\nb: two\r\n");
    CHECK(text_of(yaml, "a") == "one");
    CHECK(text_of(yaml, "b") == "two");
}

TEST_CASE("settings document: a key that is given twice is an error that names both lines")
{
    const auto p = parse("a:\n  x: 1\n  x: 2\n");
    REQUIRE(p.problems.size() == 1);
    CHECK(p.problems[0].severity == severity::error);
    CHECK(p.problems[0].line == 3);
    CHECK(p.problems[0].key == "a.x");
    CHECK(p.problems[0].what == "is given twice, first in line 2");
    CHECK(p.root.find("a")->value.find("x")->value.text == "1");
}

TEST_CASE("settings document: a syntax error shows the line and nothing of the content")
{
    const auto json = parse("{\n\"a\": 1\n\"b\": 2}");
    REQUIRE(json.problems.size() == 1);
    CHECK(json.problems[0].severity == severity::error);
    CHECK(json.problems[0].line > 1);

    const auto anchor = parse("a: 1\npassword: *hunter2\n");
    REQUIRE(anchor.problems.size() == 1);
    CHECK(anchor.problems[0].line == 2);
    CHECK(anchor.problems[0].what.find("hunter2") == std::string::npos);
    CHECK(anchor.problems[0].what.find("not quoted") != std::string::npos);

    const auto escape = parse("a: 1\npassword: \"hunter\\ü\"\n");
    REQUIRE(escape.problems.size() == 1);
    CHECK(escape.problems[0].line == 2);
    CHECK(escape.problems[0].what.find('\xC3') == std::string::npos);
    CHECK(escape.problems[0].what.find("begins no escape") != std::string::npos);
}

TEST_CASE("settings document: a plain value that YAML takes for a tag is an error, not an empty value")
{
    const auto p = parse("password: !hunter2\n");
    REQUIRE(p.problems.size() == 1);
    CHECK(p.problems[0].key == "password");
    CHECK(p.problems[0].fix == "put it in quotes");
    CHECK(p.problems[0].what.find("hunter2") == std::string::npos);
}

TEST_CASE("settings document: aliases and merge keys work, and what the map says itself wins")
{
    const auto p = parse("base: &b {x: 1, y: 2}\nown:\n  <<: *b\n  y: 3\nalias: *b\n");
    CHECK(p.problems.empty());
    const auto& own = p.root.find("own")->value;
    CHECK(own.members.size() == 2);
    CHECK(own.find("x")->value.text == "1");
    CHECK(own.find("y")->value.text == "3");
    CHECK(p.root.find("alias")->value.find("x")->value.text == "1");
}

TEST_CASE("settings document: an alias to itself ends in an error")
{
    const auto p = parse("a: &x [1, *x]\n");
    REQUIRE(p.problems.size() == 1);
    CHECK(p.problems[0].what == "is nested too deeply or refers to itself");
}

TEST_CASE("settings document: thousands of brackets end in an error")
{
    const auto p = parse(std::string(20'000, '['));
    REQUIRE(p.problems.size() == 1);
    CHECK(p.problems[0].severity == severity::error);
}

TEST_CASE("settings document: what is no map of settings is an error")
{
    for (const auto* text : {"", "# nothing\n", "just a word\n", "- a\n- b\n", "null\n"})
    {
        CAPTURE(text);
        const auto p = parse(text);
        REQUIRE(p.problems.size() == 1);
        CHECK(p.problems[0].severity == severity::error);
        CHECK(p.root.is == node::kind::null);
    }
}

TEST_CASE("settings document: a second document is an error, because it would be ignored")
{
    const auto p = parse("a: 1\n---\nb: 2\n");
    REQUIRE(p.problems.size() == 1);
    CHECK(p.problems[0].line == 2);
    CHECK(parse("---\na: 1\n...\n# end\n").problems.empty());
}

TEST_CASE("settings document: text behind the last bracket is an error, not the end of the world")
{
    for (const auto* text : {"{\"a\": 1}\n}\n", "{\"a\": 1}\nb: 2\n", ",a: 1\n", "a: 1\n, b: 2\n", "]", "{a: 1} ]"})
    {
        CAPTURE(text);
        const auto p = parse(text);
        REQUIRE_FALSE(p.problems.empty());
        CHECK(p.problems[0].severity == severity::error);
    }
}

TEST_CASE("settings document: what is not UTF-8 is an error before anything is replaced")
{
    const auto p = parse("password: gr\xfcn\n");
    REQUIRE(p.problems.size() == 1);
    CHECK(p.problems[0].what == "is not UTF-8");

    const std::string_view utf16("\0a\0:\0 \0001\0\n", 10);
    const auto wide = parse(std::string(utf16));
    REQUIRE(wide.problems.size() == 1);
    CHECK(wide.problems[0].what == "is not UTF-8");
}

TEST_CASE("settings document: a doubled colon and typographic quotes around a key are repaired with a warning")
{
    const auto p = parse("services:\n  vm_scans::\n    x: 1\n  host_list:: {}\n");
    CHECK(parse("{\"vm_scans::\": {}}").root.find("vm_scans") != nullptr);
    REQUIRE(p.problems.size() == 2);
    CHECK(p.problems[0].severity == severity::warning);
    CHECK(p.problems[0].line == 2);
    CHECK(p.problems[0].key == "services.vm_scans");
    CHECK(p.problems[1].line == 4);
    CHECK(p.root.find("services")->value.find("vm_scans")->value.find("x")->value.text == "1");
}

TEST_CASE("settings document: a repair is reported under the key of its line")
{
    const auto p = parse("filters:\n  show_tags: “1”,\n  status:\n    - “New”\n");
    REQUIRE(p.problems.size() == 3);
    CHECK(p.problems[0].key == "filters.show_tags");
    CHECK(p.problems[0].line == 2);
    CHECK(p.problems[2].key == "filters.status");
    CHECK(p.problems[2].line == 4);
}

TEST_CASE("settings document: a bracket that is never closed makes no key of the rest, and shows nothing of it")
{
    const auto p = parse("a: {type: x\n  user\n  password: s3cret\n  id: 1 }\nb: 1\n");
    REQUIRE_FALSE(p.problems.empty());
    for (const auto& each : p.problems)
        CHECK(describe(each).find("s3cret") == std::string::npos);
    const auto key = parse("{? one\n  password: s3cret, b: 1}\n");
    for (const auto& each : key.problems)
        CHECK(describe(each).find("s3cret") == std::string::npos);
}
