#include "net/proxy.hpp"

#include <doctest/doctest.h>

#include <cstdlib>

using namespace qdc;

namespace
{

net::proxy parsed(std::string_view url)
{
    const auto made = net::parse_proxy(url);
    INFO("url: ", std::string(url));
    REQUIRE_MESSAGE(made.has_value(), made.error());
    return *made;
}

std::string fault(std::string_view url)
{
    INFO("url: ", std::string(url));
    const auto made = net::parse_proxy(url);
    CHECK_FALSE(made.has_value());
    return made.error();
}

/// The text of the chosen proxy, or why there is none, or "-" for no proxy at all.
std::string chosen(std::string_view configured, const net::proxy_environment& environment)
{
    const auto made = net::choose_proxy(configured, environment, {"qualysapi.example.com", "443"});
    if (!made)
        return made.error();
    return *made ? (*made)->text() : "-";
}

}  // namespace

TEST_CASE("proxy: a URL names host and port, the scheme may be left out, the port is 3128 by itself")
{
    CHECK(parsed("http://proxy.example:8080").text() == "proxy.example:8080");
    CHECK(parsed("HTTP://proxy.example:8080/").text() == "proxy.example:8080");
    CHECK(parsed("proxy.example:8080").text() == "proxy.example:8080");
    CHECK(parsed("proxy.example").text() == "proxy.example:3128");
    CHECK(parsed("http://10.1.2.3:3128").at.host == "10.1.2.3");
    CHECK(parsed("http://[fd00::1]:8080").at.host == "fd00::1");
    CHECK(parsed("http://[fd00::1]:8080").text() == "[fd00::1]:8080");
    CHECK(parsed("http://proxy.example:8080").authorization.empty());
}

TEST_CASE("proxy: user and password are percent-decoded, and never in the text")
{
    const auto made = parsed("http://us%40er:p%3Aa%2Fs@proxy.example:8080");
    CHECK(made.authorization.reveal() == "Basic dXNAZXI6cDphL3M=");  // us@er:p:a/s
    CHECK(made.text() == "proxy.example:8080");
    CHECK(parsed("user@proxy.example").authorization.reveal() == "Basic dXNlcjo=");
    CHECK(parsed("u:p@[::1]").authorization.reveal() == "Basic dTpw");
}

TEST_CASE("proxy: what is no proxy's URL is refused with a reason that repeats none of it")
{
    for (const auto* const url :
         {"",
          "http://",
          "http://user:Geheim1@",
          "http://user:Geheim1@proxy:port",
          "http://user:Geheim1@proxy:99999",
          "http://user:Geheim1@proxy:0",
          "http://user:Geheim1@proxy/path",
          "http://user:Geh#eim1@proxy",
          "http://us er:Geheim1@proxy",
          "http://user:Geheim1%zz@proxy",
          "user:Geheim1@pro\r\nxy"})
    {
        const auto why = fault(url);
        CHECK_FALSE(why.empty());
        CHECK(why.find("Geh") == std::string::npos);
    }
    CHECK(fault("https://proxy.example").find("use http://") != std::string::npos);
    CHECK(fault("socks5://proxy.example").find("http://") != std::string::npos);
}

TEST_CASE("proxy: NO_PROXY names hosts, everything below them, addresses and networks")
{
    struct row
    {
        const char* list;
        const char* host;
        bool direct;
    };

    for (const row& each : {
             row{"", "a.example", false},
             row{" , ", "a.example", false},
             row{"*", "a.example", true},
             row{"b.example,*", "::1", true},
             row{"a.example", "a.example", true},
             row{"A.Example", "a.eXample", true},
             row{"a.example.", "a.example", true},
             row{"a.example", "a.example.", true},
             row{"example", "a.example", true},
             row{".example", "a.example", true},
             row{".a.example", "a.example", true},
             row{"ample", "a.example", false},
             row{"a.example", "example", false},
             row{"b.example a.example", "a.example", true},
             row{"b.example, a.example", "a.example", true},
             row{"a.example:443", "a.example", true},
             row{"a.example:8443", "a.example", false},
             row{"10.1.2.3", "10.1.2.3", true},
             row{"10.1.2.3:443", "10.1.2.3", true},
             row{"10.1.2.3:80", "10.1.2.3", false},
             row{"1.2.3", "10.1.2.3", false},
             row{"2.3", "10.1.2.3", false},
             row{"10.0.0.0/8", "10.1.2.3", true},
             row{"10.0.0.0/8", "11.1.2.3", false},
             row{"10.1.2.3/8", "10.200.0.1", true},
             row{"0.0.0.0/0", "10.1.2.3", true},
             row{"10.0.0.0/33", "10.1.2.3", false},
             row{"10.0.0.0/8", "fd00::1", false},
             row{"fd00::/8", "fd12::1", true},
             row{"fd00::/8", "fe80::1", false},
             row{"::1", "::1", true},
             row{"[::1]", "::1", true},
             row{"[::1]:443", "0:0::1", true},
             row{"[::1]:80", "::1", false},
             row{"localhost", "127.0.0.1", false},
         })
    {
        INFO("no_proxy: ", std::string(each.list), " for ", std::string(each.host));
        CHECK(net::bypasses(each.list, {each.host, "443"}) == each.direct);
    }
}

TEST_CASE("proxy: what is configured wins over the environment, NO_PROXY rules only the environment's")
{
    const net::proxy_environment environment{secret("http://u:p@env.example:1"), "other.example"};
    CHECK(chosen("", environment) == "env.example:1");
    CHECK(chosen("http://own.example:2", environment) == "own.example:2");
    CHECK(chosen("none", environment) == "-");
    CHECK(chosen("Direct", environment) == "-");
    const net::proxy_environment excepted{secret("http://env.example:1"), ".example.com"};
    CHECK(chosen("", excepted) == "-");
    CHECK(chosen("http://own.example:2", excepted) == "own.example:2");
    CHECK(chosen("", {}) == "-");
}

TEST_CASE("proxy: loopback is no exception by itself")
{
    const net::proxy_environment environment{secret("http://env.example:1"), ""};
    for (const auto* const host : {"127.0.0.1", "localhost"})
    {
        const auto made = net::choose_proxy("", environment, {host, "443"});
        REQUIRE(made.has_value());
        CHECK(made->has_value());
    }
}

TEST_CASE("proxy: a wrong text is an error, not a direct connection")
{
    CHECK(chosen("https://own.example", {}).find("not supported") != std::string::npos);
    const auto why = chosen("", {secret("https://u:Geheim1@env.example"), ""});
    CHECK(why.starts_with("the environment's HTTPS_PROXY: "));
    CHECK(why.find("Geheim1") == std::string::npos);
}

TEST_CASE("proxy: the environment's upper case comes first, an empty variable counts as none")
{
    ::setenv("https_proxy", "lower.example", 1);
    ::setenv("HTTPS_PROXY", "upper.example", 1);
    ::setenv("no_proxy", "a", 1);
    ::setenv("NO_PROXY", "", 1);
    CHECK(net::proxy_environment::read().https_proxy.reveal() == "upper.example");
    CHECK(net::proxy_environment::read().no_proxy == "a");
    ::unsetenv("HTTPS_PROXY");
    CHECK(net::proxy_environment::read().https_proxy.reveal() == "lower.example");
    for (const auto* const name : {"https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY"})
        ::unsetenv(name);
    CHECK(net::proxy_environment::read().https_proxy.empty());
}
