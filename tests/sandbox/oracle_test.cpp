#include "sandbox/frame.hpp"
#include "sandbox/json_out.hpp"
#include "sandbox/utf8.hpp"
#include "sandbox/xml_out.hpp"

#include <doctest/doctest.h>

using namespace qdc::sandbox;

namespace
{

std::string members_of(const document& elements)
{
    std::string out;
    append_members(out, elements);
    return out;
}

std::string json_of(std::string_view text)
{
    std::string out;
    append_json_from_xml(out, text);
    return out;
}

}  // namespace

TEST_CASE("sandbox oracle: text is a string, an empty element is an empty string")
{
    document host;
    host.leaf("ID", "00123");
    host.leaf("DOMAIN", "");
    CHECK(members_of(host) == R"("ID":"00123","DOMAIN":"")");
}

TEST_CASE("sandbox oracle: members of a known list are an array, also when there is one")
{
    document host;
    const auto tags = host.open("TAGS");
    const auto tag = host.open("TAG");
    host.leaf("NAME", "prod");
    host.close(tag);
    host.close(tags);
    CHECK(members_of(host) == R"("TAGS":{"TAG":[{"NAME":"prod"}]})");
}

TEST_CASE("sandbox oracle: an empty list is an empty object")
{
    document host;
    host.close(host.open("ASSET_GROUP_LIST"));
    CHECK(members_of(host) == R"("ASSET_GROUP_LIST":{})");
}

TEST_CASE("sandbox oracle: the attributes below each provider of METADATA are an array")
{
    document host;
    const auto metadata = host.open("METADATA");
    const auto provider = host.open("EC2");
    const auto attribute = host.open("ATTRIBUTE");
    host.leaf("VALUE", "001");
    host.close(attribute);
    host.close(provider);
    host.close(metadata);
    CHECK(members_of(host) == R"("METADATA":{"EC2":{"ATTRIBUTE":[{"VALUE":"001"}]}})");
}

TEST_CASE("sandbox oracle: of the TruRisk factors only VULN_COUNT is an array")
{
    document host;
    const auto factors = host.open("TRURISK_SCORE_FACTORS");
    host.leaf("TRURISK_SCORE_FORMULA", "f");
    host.leaf("VULN_COUNT", "7", "qds_severity", "1");
    host.close(factors);
    CHECK(
        members_of(host) ==
        R"("TRURISK_SCORE_FACTORS":{"TRURISK_SCORE_FORMULA":"f","VULN_COUNT":[{"@qds_severity":"1","#text":"7"}]})"
    );
}

TEST_CASE("sandbox oracle: an unknown element is an array only when it occurs twice")
{
    document once, twice;
    once.leaf("FUTURE", "a");
    twice.leaf("FUTURE", "a");
    twice.leaf("FUTURE", "b");
    CHECK(members_of(once) == R"("FUTURE":"a")");
    CHECK(members_of(twice) == R"("FUTURE":["a","b"])");
}

TEST_CASE("sandbox oracle: white space around a value goes, except in RESULTS")
{
    document detection;
    detection.leaf("FQDN", " \n www\t");
    detection.leaf("RESULTS", " \n www\t");
    CHECK(members_of(detection) == R"("FQDN":"www","RESULTS":" \n www\t")");
}

TEST_CASE("sandbox oracle: line breaks are what an XML reader reports")
{
    CHECK(json_of("a\r\nb\rc\nd") == R"("a\nb\nc\nd")");
}

TEST_CASE("sandbox oracle: each illegal character and each maximal ill-formed part is one U+FFFD")
{
    CHECK(json_of(std::string_view("a\0b\x01", 4)) == "\"a\uFFFDb\uFFFD\"");
    CHECK(json_of("\xc3(") == "\"\uFFFD(\"");
    CHECK(json_of("\xf0\x9f\x98z") == "\"\uFFFDz\"");
    CHECK(json_of("\xed\xa0\x80") == "\"\uFFFD\uFFFD\uFFFD\"");
    CHECK(json_of("\xc0\xaf") == "\"\uFFFD\uFFFD\"");
    CHECK(json_of("\xef\xbf\xbe") == "\"\uFFFD\"");
    CHECK(json_of("\xf0\x9f\x98\x80") == "\"\U0001F600\"");
}

TEST_CASE("sandbox answers: CDATA is split where the text holds its end")
{
    std::string out;
    append_cdata(out, "a]]>b");
    CHECK(out == "<![CDATA[a]]]]><![CDATA[>b]]>");
}

TEST_CASE("sandbox frame: a whole line is taken apart")
{
    const auto parts = parse_frame(R"(<14>2024-01-10 09:47:08.290 box vuln.qualys.hosts: {"ID":"1"})");
    REQUIRE(parts);
    CHECK(parts->host == "box");
    CHECK(parts->tag == "vuln.qualys.hosts");
    CHECK(parts->event == R"({"ID":"1"})");
}

TEST_CASE("sandbox frame: what differs from the form in any part is refused")
{
    CHECK_FALSE(parse_frame(R"(<13>2024-01-10 09:47:08.290 box a.b: {"ID":"1"})"));
    CHECK_FALSE(parse_frame(R"(<14>2024-01-10T09:47:08.290 box a.b: {"ID":"1"})"));
    CHECK_FALSE(parse_frame(R"(<14>2024-13-10 09:47:08.290 box a.b: {"ID":"1"})"));
    CHECK_FALSE(parse_frame(R"(<14>2024-01-10 09:47:08 box a.b: {"ID":"1"})"));
    CHECK_FALSE(parse_frame(R"(<14>2024-01-10 09:47:08.290 box a b: {"ID":"1"})"));
    CHECK_FALSE(parse_frame(R"(<14>2024-01-10 09:47:08.290 box a.b:{"ID":"1"})"));
    CHECK_FALSE(parse_frame(R"(<14>2024-01-10 09:47:08.290 box a.b: {"ID":"1"} )"));
}

TEST_CASE("sandbox frame: the members of Devo's side are taken off the end, and only there")
{
    const auto event = strip_devo_members(R"({"ID":"1","@devo_environment":"dev","@devo_pulling_id":"1704880028290"})");
    REQUIRE(event);
    CHECK(event->body == R"({"ID":"1")");
    CHECK(event->environment == "dev");
    CHECK(event->pulling_id == "1704880028290");
    CHECK_FALSE(strip_devo_members(R"({"@devo_pulling_id":"1704880028290","ID":"1"})"));
    CHECK_FALSE(strip_devo_members(R"({"ID":"1","@devo_pulling_id":1704880028290})"));
}
