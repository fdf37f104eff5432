#include "settings/values.hpp"

#include <doctest/doctest.h>

using namespace qdc::settings;
using namespace std::chrono_literals;

TEST_CASE("settings values: a flag is true, yes, on or 1 in any case, and so for false")
{
    for (const auto* word : {"true", "True", "YES", "on", "1"})
        CHECK(parse_flag(word) == true);
    for (const auto* word : {"false", "False", "NO", "off", "0"})
        CHECK(parse_flag(word) == false);
    for (const auto* word : {"", "2", "tru", "true ", "enabled"})
        CHECK_FALSE(parse_flag(word).has_value());
}

TEST_CASE("settings values: a whole number has digits and a sign, nothing else")
{
    CHECK(parse_whole("60") == 60);
    CHECK(parse_whole("+60") == 60);
    CHECK(parse_whole("-1") == -1);
    CHECK(parse_whole("010") == 10);
    for (const auto* word : {"", "-", "1.0", "1 ", "0x10", "1e3", "99999999999999999999"})
        CHECK_FALSE(parse_whole(word).has_value());
}

TEST_CASE("settings values: a decimal number is finite")
{
    CHECK(parse_decimal("0.8") == 0.8);
    CHECK(parse_decimal("-1.0") == -1.0);
    CHECK(parse_decimal("1") == 1.0);
    for (const auto* word : {"", "nan", "inf", "1,5", "0.8%"})
        CHECK_FALSE(parse_decimal(word).has_value());
}

TEST_CASE("settings values: a period is a count and a unit")
{
    CHECK(parse_period("30s") == 30s);
    CHECK(parse_period("30") == 30s);
    CHECK(parse_period("15m") == 900s);
    CHECK(parse_period("1h") == 3600s);
    CHECK(parse_period("2d") == 172800s);
    CHECK(parse_period("1w") == 604800s);
    CHECK(parse_period("1M") == 2592000s);
    CHECK(parse_period("1y") == 31536000s);
    for (const auto* word : {"", "h", "0h", "-1h", "1x", "1.5h", "9999999999999d"})
        CHECK_FALSE(parse_period(word).has_value());
}

TEST_CASE("settings values: an endpoint is a host, perhaps with a port")
{
    const auto plain = parse_endpoint("qualysapi.example.com");
    REQUIRE(plain);
    CHECK(plain->host == "qualysapi.example.com");
    CHECK(plain->port.empty());

    const auto with_port = parse_endpoint("localhost:8443");
    REQUIRE(with_port);
    CHECK(with_port->host == "localhost");
    CHECK(with_port->port == "8443");

    const auto v6 = parse_endpoint("[::1]:8443");
    REQUIRE(v6);
    CHECK(v6->host == "::1");
    CHECK(v6->port == "8443");
}

TEST_CASE("settings values: an endpoint has no scheme, path, user or impossible port")
{
    for (const auto* text :
         {"", ":443", "https://a", "a/b", "user@a", "a b", "a:", "a:0", "a:65536", "a:x", "[::1", "[::1]443", "<host>"})
    {
        CAPTURE(text);
        CHECK_FALSE(parse_endpoint(text).has_value());
    }
}

TEST_CASE("settings values: a tag has two to six levels of letters, digits, _ and -")
{
    for (const auto* tag : {"my.app", "vuln.qualys.hosts", "a.b.c.d.e.f", "firewall.huawei.ngfw.fw-log", "my.app_1"})
        CHECK(is_tag(tag));
    for (const auto* tag : {"", "my", "a.b.c.d.e.f.g", "my..app", ".my.app", "my.app.", "my.ap p", "my.äpp", "my.app:"})
    {
        CAPTURE(tag);
        CHECK_FALSE(is_tag(tag));
    }
    CHECK(is_tag("my." + std::string(1021, 'a')));
    CHECK_FALSE(is_tag("my." + std::string(1022, 'a')));
}

TEST_CASE("settings values: UTF-8 is checked sequence by sequence")
{
    CHECK(is_utf8("plain, grün, 漢, 😀"));
    for (const auto* text :
         {"\xff", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "a\x80"})
        CHECK_FALSE(is_utf8(text));
}

TEST_CASE("settings values: tidying drops commas and typographic quotes around a value")
{
    CHECK(tidy(" All ,  ").text == "All");
    CHECK(tidy("All ,").commas);
    CHECK_FALSE(tidy("All ,").quotes);
    CHECK(tidy("“1”,").text == "1");
    CHECK(tidy("“1”").quotes);
    CHECK(tidy("‘1’").text == "1");
    CHECK(tidy("a “b” c").text == "a “b” c");
    CHECK_FALSE(tidy("a, b").commas);
    CHECK(tidy("“").text.empty());
}

TEST_CASE("settings values: an address is shown without its user")
{
    CHECK(without_user("http://user:pass@word@host:1") == "http://****@host:1");
    CHECK(without_user("user@host") == "****@host");
    CHECK(without_user("https://host/x") == "https://host/x");
}

TEST_CASE("settings values: a moment of any year is read, and lies where it should")
{
    CHECK(parse_moment("2024-01-10T09:47:08Z") == qdc::parse_utc("2024-01-10T09:47:08Z"));
    CHECK(parse_moment("9999-12-31T23:59:59Z") == qdc::utc_time::max());
    CHECK(parse_moment("2400-02-29T00:00:00Z") == qdc::utc_time::max());
    CHECK(parse_moment("0001-01-01T00:00:00Z") == qdc::utc_time::min());
    for (const auto* text : {"", "9999-12-31", "2300-02-29T00:00:00Z", "9999-13-01T00:00:00Z", "-001-01-01T00:00:00Z"})
        CHECK_FALSE(parse_moment(text).has_value());
}

TEST_CASE("settings values: a scheme is letters before ://")
{
    CHECK(scheme_of("https://a") == "https");
    CHECK(scheme_of("a b://c").empty());
    CHECK(scheme_of("://c").empty());
    CHECK(scheme_of("a:1").empty());
}
