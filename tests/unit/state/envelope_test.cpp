#include "state/envelope.hpp"

#include "state/digest.hpp"

#include <doctest/doctest.h>

using namespace qdc;
using state::decode;
using state::encode;

namespace
{

const state::generation sample{7, "2024-01-10T09:47:08Z", R"({"cursor":"id:5","ids":[1,2.50]})"};

}  // namespace

TEST_CASE("state: a file is one line of JSON with format, generation, time, checksum and state")
{
    CHECK(
        encode(sample) == R"({"format":1,"generation":7,"saved_at":"2024-01-10T09:47:08Z","checksum":")" +
                              state::sha256_hex(sample.text) + R"(","state":{"cursor":"id:5","ids":[1,2.50]}})" + "\n"
    );
}

TEST_CASE("state: what was encoded is decoded")
{
    const auto back = decode(encode(sample));
    REQUIRE(back.value);
    CHECK(back.value->number == 7);
    CHECK(back.value->saved_at == sample.saved_at);
    CHECK(back.value->text == sample.text);
    CHECK(back.problem.empty());
}

TEST_CASE("state: the last success stands in the file, and nothing stands there before one")
{
    auto good = sample;
    good.last_success = parse_utc("2024-01-10T09:46:00Z");
    const auto text = encode(good);
    CHECK(text.find(R"("last_success":"2024-01-10T09:46:00Z")") != std::string::npos);
    REQUIRE(decode(text).value);
    CHECK(decode(text).value->last_success == good.last_success);
    CHECK(encode(sample).find("last_success") == std::string::npos);
    CHECK_FALSE(decode(encode(sample)).value->last_success);
}

TEST_CASE("state: a last success that is no time does not make the state useless")
{
    auto text = encode(sample);
    text.insert(text.find(",\"checksum\""), R"(,"last_success":"yesterday")");
    REQUIRE(decode(text).value);
    CHECK(decode(text).value->text == sample.text);
    CHECK_FALSE(decode(text).value->last_success);
}

TEST_CASE("state: a file cut short at any byte is not believed")
{
    const auto whole = encode(sample);
    for (std::size_t size = 0; size + 1 < whole.size(); ++size)  // only the last line feed may be missing
    {
        const auto cut = decode(std::string_view(whole).substr(0, size));
        CAPTURE(size);
        CHECK_FALSE(cut.value);
        CHECK_FALSE(cut.problem.empty());
    }
}

TEST_CASE("state: a flipped bit anywhere in the state or its checksum is noticed")
{
    const auto whole = encode(sample);
    for (auto at = whole.find("checksum"); at < whole.size() - 1; ++at)
    {
        auto flipped = whole;
        flipped[at] = static_cast<char>(flipped[at] ^ 1);
        CAPTURE(flipped);
        CHECK_FALSE(decode(flipped).value);
    }
}

TEST_CASE("state: a file laid out for reading is still believed")
{
    const auto text = R"({ "a b" : [ 1 , "c\" d" ] })";
    const auto compact = R"({"a b":[1,"c\" d"]})";
    const auto file = R"({
  "format": 1,
  "generation": 3,
  "saved_at": "2024-01-10T09:47:08Z",
  "checksum": ")" + state::sha256_hex(compact) +
                      "\",\n  \"state\": " + text + "\n}\n";
    const auto back = decode(file);
    REQUIRE(back.value);
    CHECK(back.value->text == compact);
}

TEST_CASE("state: a generation with a base names its file and its checksum, and says that this is another format")
{
    auto based = sample;
    based.base = state::base_reference{2, state::sha256_hex("{}")};
    const auto file = encode(based);
    CHECK(file.starts_with(R"({"format":2,"generation":7,)"));
    CHECK(file.find(R"(,"base":{"file":2,"checksum":")") != std::string::npos);
    const auto back = decode(file);
    REQUIRE(back.value);
    REQUIRE(back.value->base);
    CHECK(back.value->base->file == 2);
    CHECK(back.value->base->checksum == based.base->checksum);
    CHECK(back.value->text == sample.text);
    CHECK_FALSE(decode(encode(sample)).value->base);
}

TEST_CASE("state: a base that is not named, or has no file of that number, is damage")
{
    auto based = sample;
    based.base = state::base_reference{2, "0"};
    for (const std::string name :
         {R"({"file":3,"checksum":"0"})", R"({"file":-1,"checksum":"0"})", R"({"file":0})", "7"})
    {
        auto file = encode(based);
        const auto named = file.find(R"({"file":)");
        file.replace(named, file.find('}', named) + 1 - named, name);
        CAPTURE(file);
        CHECK_FALSE(decode(file).value);
        CHECK(decode(file).problem == "it does not name its base");
    }
}

TEST_CASE("state: a file of a later format says so")
{
    CHECK(decode(R"({"format":3,"blocks":[]})").problem == "its format 3 is not known to this version");
}

TEST_CASE("state: foreign and incomplete files are told apart")
{
    CHECK(decode("").problem == "it is empty");
    CHECK(decode("\x80\x04}.").problem == "it is not a JSON object");
    CHECK(decode("[1]").problem == "it is not a JSON object");
    CHECK(decode(R"({"a":1})").problem == "it names no format");
    CHECK(decode(R"({"format":1,"state":{}})").problem == "its generation, time or checksum is missing");
    CHECK(decode(R"({"format":1,"generation":1,"saved_at":"","checksum":""})").problem == "its state is missing");
}

TEST_CASE("state: a state that is not an object is refused though its checksum is right")
{
    CHECK(decode(encode({1, "", "[1]"})).problem == "its state is not a JSON object");
}

TEST_CASE("state: compaction keeps digits, escapes and blanks inside strings")
{
    const auto compact = state::compact_object(" { \"a\\\\\" : 1.2300 ,\n\t\"b c\" : \"\\u00e9 \\\" x\" } ");
    REQUIRE(compact);
    CHECK(*compact == R"({"a\\":1.2300,"b c":"\u00e9 \" x"})");
}

TEST_CASE("state: only one JSON object can be kept")
{
    for (const auto* text : {"", "null", "[]", "\"x\"", "{", "{} {}", "{\"a\":}", "{\"a\":\"\xff\"}"})
    {
        CAPTURE(text);
        CHECK_FALSE(state::compact_object(text));
    }
}
