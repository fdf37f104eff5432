#include "state/pickle.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace qdc;
using namespace std::string_literals;
using state::read_pickle;

namespace
{

std::string problem_of(std::string bytes)
{
    const auto read = read_pickle(bytes);
    CHECK(read.value.has_value() == read.problem.empty());
    return read.problem;
}

template <class T>
T value_of(std::string bytes)
{
    auto read = read_pickle(bytes);
    REQUIRE_MESSAGE(read.value, read.problem);
    auto* value = std::get_if<T>(&read.value->values[read.value->root].content);
    REQUIRE(value != nullptr);
    return *value;
}

}  // namespace

TEST_CASE("pickle: integers keep their sign and their 64 bits")
{
    CHECK(value_of<std::int64_t>("K\xff.") == 255);
    CHECK(value_of<std::int64_t>("M\x01\x02.") == 0x201);
    CHECK(value_of<std::int64_t>("J\xff\xff\xff\xff.") == -1);
    CHECK(value_of<std::int64_t>("\x8a\x00."s) == 0);
    CHECK(value_of<std::int64_t>("\x8a\x01\x80.") == -128);
    CHECK(value_of<std::int64_t>("\x8a\x02\x80\x00."s) == 128);
    CHECK(value_of<std::int64_t>("\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f.") == INT64_MAX);
    CHECK(value_of<std::int64_t>("L-9223372036854775808L\n.") == INT64_MIN);
}

TEST_CASE("pickle: a number of more than 64 bits is refused, not cut")
{
    CHECK(problem_of("\x8a\x09" + std::string(9, '\x01') + ".") == "a number is malformed or too large (byte 0)");
    CHECK(problem_of("L9223372036854775808L\n.") == "a number is malformed or too large (byte 0)");
}

TEST_CASE("pickle: booleans, None and floats")
{
    CHECK(value_of<bool>("\x88."));
    CHECK_FALSE(value_of<bool>("\x89."));
    CHECK(value_of<bool>("I01\n."));
    CHECK(value_of<std::nullptr_t>("N.") == nullptr);
    CHECK(value_of<double>("G\x3f\xf8\x00\x00\x00\x00\x00\x00."s) == 1.5);
    CHECK(value_of<double>("F-1.5e3\n.") == -1500.0);
}

TEST_CASE("pickle: text of protocol 0 is Latin-1 with escapes for the rest")
{
    CHECK(value_of<std::string>("Va\xe9\\u20ac\\U0001f600\\u005cn\n.") == "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\\n");
    CHECK(problem_of("V\\u12\n.") == "a string is malformed or too large (byte 0)");
    CHECK(problem_of("V\\ud800\n.") == "a string is not UTF-8 (byte 0)");
}

TEST_CASE("pickle: text that is not UTF-8 is refused")
{
    for (const auto& bad : {"\xff"s, "\xc3"s, "\xc0\xaf"s, "\xe0\x80\x80"s, "\xed\xa0\x80"s, "\xf4\x90\x80\x80"s})
        CHECK(
            problem_of("\x8c" + std::string(1, static_cast<char>(bad.size())) + bad + ".") ==
            "a string is not UTF-8 (byte 0)"
        );
}

TEST_CASE("pickle: a list may hold itself, and nothing minds")
{
    const auto read = read_pickle("]\x94h\x00\x61."s);
    REQUIRE(read.value);
    const auto& list = std::get<state::pickle_value::list>(read.value->values[read.value->root].content);
    CHECK(list == state::pickle_value::list{read.value->root});
}

TEST_CASE("pickle: depth costs no stack")
{
    const std::size_t depth = 500000;
    CHECK(problem_of(std::string(depth, ']') + std::string(depth - 1, 'a') + ".") == "");
    CHECK(problem_of(std::string(depth, '(') + ".") == "a value is missing (byte " + std::to_string(depth) + ")");
}

TEST_CASE("pickle: every opcode beyond plain data is refused by name")
{
    for (const auto& [code, name] : std::initializer_list<std::pair<char, const char*>>{
             {'c', "GLOBAL"},
             {'R', "REDUCE"},
             {'b', "BUILD"},
             {'i', "INST"},
             {'o', "OBJ"},
             {'\x81', "NEWOBJ"},
             {'\x92', "NEWOBJ_EX"},
             {'\x93', "STACK_GLOBAL"},
             {'P', "PERSID"},
             {'Q', "BINPERSID"},
             {'\x82', "EXT1"},
             {'\xff', "0xff"}})
        CHECK(
            problem_of("N"s + code + "os\nsystem\n(.") ==
            "opcode "s + name + " is refused, as plain data needs none (byte 1)"
        );
}

TEST_CASE("pickle: what Python's reader would trip over is refused")
{
    CHECK(problem_of("") == "it ends early (byte 0)");
    CHECK(problem_of(".") == "a value is missing (byte 0)");
    CHECK(problem_of("a.") == "a value is missing (byte 0)");
    CHECK(problem_of("e.") == "a mark is missing (byte 0)");
    CHECK(problem_of("N(Na.") == "a value is missing (byte 3)");
    CHECK(problem_of("NNa.") == "an item goes into something that is no list (byte 2)");
    CHECK(problem_of("]NNs.") == "a member goes into something that is no dictionary (byte 3)");
    CHECK(problem_of("}(Nu.") == "a member has no value (byte 3)");
    CHECK(problem_of("h\x05.") == "a value is recalled that was never kept (byte 0)");
    CHECK(
        problem_of("X\xff\xff\xff\xff"
                   "abc.") == "it ends early (byte 0)"
    );
    CHECK(problem_of("I5") == "it ends early (byte 0)");
    CHECK(problem_of("\x80\x06N.") == "its protocol 6 is not known (byte 0)");
}

TEST_CASE("pickle: a later member of the same name hides an earlier one")
{
    const auto read = read_pickle("(dVa\nI1\nsVa\nI2\ns.");
    REQUIRE(read.value);
    const auto* member = read.value->member(read.value->values[read.value->root], "a");
    REQUIRE(member != nullptr);
    CHECK(std::get<std::int64_t>(member->content) == 2);
}
