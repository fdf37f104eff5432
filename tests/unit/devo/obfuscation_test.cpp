#include "devo/obfuscation.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace qdc::devo;

namespace
{

struct outcome
{
    std::string event;
    obfuscation_counters counts;
};

outcome apply(std::vector<obfuscation_rule> rules, std::string_view event)
{
    outcome out;
    obfuscator masking(std::move(rules));
    out.event = masking.apply(event);
    out.counts = masking.counts();
    return out;
}

std::string masked(obfuscation_rule rule, std::string_view event)
{
    return apply({std::move(rule)}, event).event;
}

constexpr std::string_view host =
    R"({"ID":"1","IP":"192.0.2.5","DNS":"www.example.com","TAGS":{"TAG":[{"NAME":"a"},{"NAME":"b","X":1.10}]},"OK":true})";

}  // namespace

TEST_CASE("obfuscation: without rules an event passes byte for byte")
{
    const auto out = apply({}, host);
    CHECK(out.event == host);
    CHECK(out.counts == obfuscation_counters{});
    CHECK(obfuscator({}).empty());
}

TEST_CASE("obfuscation: each type has its default")
{
    const std::string event = R"({"s":"text","i":12,"f":1.5,"e":1e3,"t":true,"b":false,"n":null})";
    const auto out = apply({{{"*"}, {}, {}}}, event);
    CHECK(out.event == R"({"s":"****SANITIZED****","i":-1,"f":-1.0,"e":-1.0,"t":false,"b":false,"n":null})");
    CHECK(out.counts == obfuscation_counters{1, 0, 0, 0});
}

TEST_CASE("obfuscation: what a rule does not reach stays byte for byte")
{
    const std::string event =
        R"({"a":1.10,"b":123456789012345678901234567890,"c":-0.0,"d":"\u0001\n€","e":[],"x":"y"})";
    CHECK(
        masked({{"x"}, "\"z\"", {}}, event) ==
        R"({"a":1.10,"b":123456789012345678901234567890,"c":-0.0,"d":"\u0001\n€","e":[],"x":"z"})"
    );
}

TEST_CASE("obfuscation: a path leads through objects, a star through every member or item")
{
    CHECK(
        masked({{"TAGS", "TAG", "*", "NAME"}, {}, {}}, R"({"TAGS":{"TAG":[{"NAME":"a"},{"N":"b"},{"NAME":"c"}]}})") ==
        R"({"TAGS":{"TAG":[{"NAME":"****SANITIZED****"},{"N":"b"},{"NAME":"****SANITIZED****"}]}})"
    );
    CHECK(
        masked({{"a", "*", "b"}, {}, {}}, R"({"a":{"x":{"b":1},"y":{"c":2},"z":{"b":3}},"b":4})") ==
        R"({"a":{"x":{"b":-1},"y":{"c":2},"z":{"b":-1}},"b":4})"
    );
    CHECK(masked({{"a", "*"}, {}, {}}, R"({"a":[1,"b"],"c":[2]})") == R"({"a":[-1,"****SANITIZED****"],"c":[2]})");
}

TEST_CASE("obfuscation: a number in a path is that item of a list, and also a name")
{
    CHECK(masked({{"a", "1"}, {}, {}}, R"({"a":[1,2,3]})") == R"({"a":[1,-1,3]})");
    CHECK(masked({{"a", "1"}, {}, {}}, R"({"a":{"1":2}})") == R"({"a":{"1":-1}})");
}

TEST_CASE("obfuscation: a name that meets a list is looked for in each of its items")
{
    CHECK(
        masked({{"a", "b"}, {}, {}}, R"({"a":[{"b":1},{"b":2,"c":3},4,[{"b":5}]]})") ==
        R"({"a":[{"b":-1},{"b":-1,"c":3},4,[{"b":-1}]]})"
    );
}

TEST_CASE("obfuscation: a path that ends at an object or a list masks every leaf below")
{
    const auto out = apply({{{"TAGS"}, {}, {}}}, host);
    CHECK(
        out.event ==
        R"({"ID":"1","IP":"192.0.2.5","DNS":"www.example.com","TAGS":{"TAG":[{"NAME":"****SANITIZED****"},{"NAME":"****SANITIZED****","X":-1.0}]},"OK":true})"
    );
    CHECK(out.counts == obfuscation_counters{1, 0, 0, 0});
    CHECK(masked({{"a"}, {}, {}}, R"({"a":{},"b":[]})") == R"({"a":{},"b":[]})");
}

TEST_CASE("obfuscation: a replacement of the value's type is taken, also an empty one")
{
    CHECK(masked({{"DNS"}, "\"\"", {}}, R"({"DNS":"x"})") == R"({"DNS":""})");
    CHECK(masked({{"a"}, "0", {}}, R"({"a":7})") == R"({"a":0})");
    CHECK(masked({{"a"}, "0.50", {}}, R"({"a":7.1})") == R"({"a":0.50})");
    CHECK(masked({{"a"}, "true", {}}, R"({"a":false})") == R"({"a":true})");
}

TEST_CASE("obfuscation: a replacement of another type is counted, and the default is taken")
{
    for (const std::string value : {"5", "5.0", "true", "null", "{}", "[\"x\"]", "no JSON", ""})
    {
        CAPTURE(value);
        const auto out = apply({{{"DNS"}, value, {}}}, R"({"DNS":"x"})");
        CHECK(out.event == R"({"DNS":"****SANITIZED****"})");
        CHECK(out.counts == obfuscation_counters{0, 0, 1, 0});
    }
    CHECK(masked({{"a"}, "2.5", {}}, R"({"a":7})") == R"({"a":-1})");
    CHECK(masked({{"a"}, "2", {}}, R"({"a":7.0})") == R"({"a":-1.0})");
}

TEST_CASE("obfuscation: a rule that finds nothing is counted, and the rules behind it apply")
{
    const auto out = apply({{{"NONE"}, {}, {}}, {{"IP", "DEEPER"}, {}, {}}, {{"IP"}, {}, {}}}, R"({"IP":"x"})");
    CHECK(out.event == R"({"IP":"****SANITIZED****"})");
    CHECK(out.counts == obfuscation_counters{1, 2, 0, 0});
}

TEST_CASE("obfuscation: a name that JSON escapes is found")
{
    CHECK(masked({{"a\"b\n"}, {}, {}}, R"({"a\"b\n":1})") == R"({"a\"b\n":-1})");
}

TEST_CASE("obfuscation: a pattern replaces only what it matches, every time")
{
    const auto out = apply(
        {{{"r"}, "\"<ip>\"", {"\\d+\\.\\d+\\.\\d+\\.\\d+"}}},
        R"({"r":"from 192.0.2.5 to 192.0.2.6\tdone","s":"192.0.2.7"})"
    );
    CHECK(out.event == R"({"r":"from <ip> to <ip>\tdone","s":"192.0.2.7"})");
    CHECK(out.counts.masked == 1);
    CHECK(masked({{"r"}, {}, {"b"}}, R"({"r":"abc"})") == R"({"r":"a****SANITIZED****c"})");
}

TEST_CASE("obfuscation: several patterns apply to the text as it came, overlaps are replaced once")
{
    CHECK(masked({{"r"}, "\"AB\"", {"[0-9]+", "[A-Z]+"}}, R"({"r":"x12Y-z"})") == R"({"r":"xABAB-z"})");
    CHECK(masked({{"r"}, "\"#\"", {"bcd", "de", "b"}}, R"({"r":"abcdef"})") == R"({"r":"a#f"})");
}

TEST_CASE("obfuscation: patterns see the text, not its escapes")
{
    CHECK(masked({{"r"}, "\"-\"", {"\\\\|\"|\n|n"}}, R"({"r":"a\\b\"c\nd"})") == R"({"r":"a-b-c-d"})");
    CHECK(masked({{"r"}, "\"\\\"\"", {"x"}}, R"({"r":"axb"})") == R"({"r":"a\"b"})");
    CHECK(masked({{"r"}, "\"$1$&\"", {"(x)"}}, R"({"r":"axb"})") == R"({"r":"a$1$&b"})");
}

TEST_CASE("obfuscation: a match never splits a letter")
{
    CHECK(masked({{"r"}, "\"#\"", {"^."}}, "{\"r\":\"\xC3\xA9t\xC3\xA9\"}") == "{\"r\":\"#t\xC3\xA9\"}");
    CHECK(masked({{"r"}, "\"#\"", {".$"}}, "{\"r\":\"\xC3\xA9t\xC3\xA9\"}") == "{\"r\":\"\xC3\xA9t#\"}");
}

TEST_CASE("obfuscation: a pattern that matches nothing, or only nothing, changes nothing")
{
    const auto out = apply({{{"r"}, {}, {"x+", "y*"}}}, R"({"r":"abc"})");
    CHECK(out.event == R"({"r":"abc"})");
    CHECK(out.counts == obfuscation_counters{1, 0, 0, 0});  // its path is there, and there was nothing to mask
}

TEST_CASE("obfuscation: a pattern that matches the spelling of a number masks it whole")
{
    CHECK(
        masked({{"*"}, "\"#\"", {"8"}}, R"({"a":1783,"b":999,"c":8.5,"d":true,"e":null})") ==
        R"({"a":-1,"b":999,"c":-1.0,"d":true,"e":null})"
    );
}

TEST_CASE("obfuscation: a pattern that is no regular expression masks every value of its rule, and is counted")
{
    const auto out = apply({{{"*"}, {}, {"x", "("}}}, R"({"a":"b","c":1})");
    CHECK(out.event == R"({"a":"****SANITIZED****","c":-1})");
    CHECK(out.counts == obfuscation_counters{0, 0, 0, 1});
}

TEST_CASE("obfuscation: a search that becomes too complex masks the value, and is counted")
{
    const auto out = apply({{{"a"}, {}, {"(x+x+)+(x+x+)+y"}}}, "{\"a\":\"" + std::string(300, 'x') + "\"}");
    CHECK(out.event == R"({"a":"****SANITIZED****"})");
    CHECK(out.counts == obfuscation_counters{0, 0, 0, 1});
}

TEST_CASE("obfuscation: a match whose replacement is of another type masks the value whole")
{
    const auto out = apply({{{"r"}, "5", {"b"}}}, R"({"r":"abc"})");
    CHECK(out.event == R"({"r":"****SANITIZED****"})");
    CHECK(out.counts == obfuscation_counters{0, 0, 1, 0});
}

TEST_CASE("obfuscation: each rule has one outcome for each event, the worst of what happened")
{
    obfuscator masking({{{"a"}, "\"x\"", {}}, {{"b"}, {}, {}}});
    CHECK(masking.apply(R"({"a":["s",1],"b":2})") == R"({"a":["x",-1],"b":-1})");
    CHECK(masking.counts() == obfuscation_counters{1, 0, 1, 0});
    masking.apply(R"({"a":"s"})");
    CHECK(masking.counts() == obfuscation_counters{2, 1, 1, 0});
    masking.apply("no JSON");
    CHECK(masking.counts() == obfuscation_counters{2, 1, 1, 2});
}

TEST_CASE("obfuscation: every one of several members of one name is masked")
{
    CHECK(masked({{"a"}, {}, {}}, R"({"a":1,"b":2,"a":"x"})") == R"({"a":-1,"b":2,"a":"****SANITIZED****"})");
    CHECK(masked({{"o", "a"}, {}, {}}, R"({"o":{"a":1},"o":{"a":2}})") == R"({"o":{"a":-1},"o":{"a":-1}})");
}

TEST_CASE("obfuscation: a rule that matched nothing in a cycle is given once, with the name that it may have meant")
{
    obfuscator masking(
        {{{"Netbios"}, {}, {}}, {{"USER_DEF", "VALUE1"}, {}, {}}, {{"ID"}, {}, {}}, {{"IP", "X"}, {}, {}}}
    );
    for (int i = 0; i < 3; ++i)
        masking.apply(R"({"ID":"1","IP":"192.0.2.5","NETBIOS":"A","USER_DEF":{"LABEL_1":"l","VALUE_1":"v"}})");
    const auto idle = masking.end_cycle();
    REQUIRE(idle.size() == 3);
    CHECK(idle[0].path == "Netbios");
    CHECK(idle[0].nearest == "NETBIOS");
    CHECK(idle[0].events == 3);
    CHECK(idle[1].path == "USER_DEF.VALUE1");
    CHECK(idle[1].nearest == "VALUE_1");
    CHECK(idle[2].path == "IP.X");
    CHECK(idle[2].nearest.empty());

    masking.apply(R"({"ID":"1"})");
    CHECK(masking.end_cycle().size() == 0);
}

TEST_CASE(
    "obfuscation: a rule whose patterns matched nothing in a cycle is given, one whose value was never a text is not"
)
{
    obfuscator masking({{{"OS"}, {}, {"Windos"}}, {{"DNS"}, {}, {"^db"}}, {{"ID"}, {}, {"7"}}, {{"OWNER"}, {}, {}}});
    for (const auto* name : {"web-1", "db-1"})
        masking.apply(R"({"ID":null,"OS":"Windows 11","OWNER":null,"DNS":")" + std::string(name) + "\"}");
    const auto idle = masking.end_cycle();
    REQUIRE(idle.size() == 1);
    CHECK(idle[0].path == "OS");
    CHECK(idle[0].found);
    CHECK(idle[0].events == 2);
    CHECK(idle[0].nearest.empty());
    // Said once, although it goes on.
    masking.apply(R"({"ID":null,"OS":"Windows 11","OWNER":null,"DNS":"db-2"})");
    CHECK(masking.end_cycle().empty());
}

TEST_CASE("obfuscation: a cycle without events says nothing of its rules, and one match is enough")
{
    obfuscator masking({{{"a"}, {}, {}}});
    CHECK(masking.end_cycle().empty());
    masking.apply(R"({"a":1})");
    for (int i = 0; i < 5; ++i)
        masking.apply(R"({"b":1})");
    CHECK(masking.end_cycle().empty());
    masking.apply(R"({"b":1})");
    CHECK(masking.end_cycle().size() == 1);
}

TEST_CASE("obfuscation: names inside of lists, and names that JSON escapes, are offered too")
{
    obfuscator masking({{{"TAGS", "TAG", "NAMES"}, {}, {}}, {{"a\"c"}, {}, {}}});
    masking.apply(R"({"TAGS":{"TAG":[{"TAG_ID":1,"NAME":"x"},{"NAME":"y"}]},"a\"b":1})");
    const auto idle = masking.end_cycle();
    REQUIRE(idle.size() == 2);
    CHECK(idle[0].nearest == "NAME");
    CHECK(idle[1].nearest == R"(a\"b)");
}

TEST_CASE("obfuscation: a long value does not exhaust the stack")
{
    const auto event = "{\"a\":\"" + std::string(5'000'000, 'x') + "\"}";
    CHECK(masked({{"a"}, "\"#\"", {"(x|y)+"}}, event).size() < event.size());
}

TEST_CASE("obfuscation: rules apply one after the other")
{
    CHECK(apply({{{"a"}, "\"b\"", {"a"}}, {{"a"}, "\"c\"", {"b"}}}, R"({"a":"ab"})").event == R"({"a":"cc"})");
}

TEST_CASE("obfuscation: an event that is no JSON is masked as a whole")
{
    for (const std::string event :
         {"",
          "{",
          "{\"a\"",
          "{\"a\":",
          "{\"a\":1",
          "{\"a\":\"b",
          "{\"a\":\"b\\",
          "{\"a\":1}x",
          "{\"a\":}",
          "{\"a\":[1,}",
          "{a:1}",
          "{\"a\": 1}"})
    {
        CAPTURE(event);
        const auto out = apply({{{"a"}, {}, {}}}, event);
        CHECK(out.event == R"({"masked":"****SANITIZED****"})");
        CHECK(out.counts == obfuscation_counters{0, 0, 0, 1});
    }
    const auto deep = "{\"a\":" + std::string(100'000, '[') + std::string(100'000, ']') + "}";
    CHECK(masked({{"a", "b"}, {}, {}}, deep) == R"({"masked":"****SANITIZED****"})");
}
