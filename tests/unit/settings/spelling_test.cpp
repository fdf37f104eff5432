#include "settings/spelling.hpp"

#include <doctest/doctest.h>

using namespace qdc::settings;

TEST_CASE("settings spelling: a value is shown in back-ticks")
{
    CHECK(shown("my tag") == "`my tag`");
    CHECK(shown("") == "``");
    CHECK(shown("https://a:1/x") == "`https://a:1/x`");
}

TEST_CASE("settings spelling: a value that swallowed other lines is cut before they begin")
{
    CHECK(shown("SSL chain: x password: s3cret") == "`SSL chain…`");
    CHECK(shown("one\npassword") == "`one…`");
}

TEST_CASE("settings spelling: a long value is cut, never inside a character")
{
    CHECK(excerpt(std::string(60, 'a')) == std::string(60, 'a'));
    CHECK(excerpt(std::string(61, 'a')) == std::string(60, 'a') + "…");
    CHECK(excerpt(std::string(59, 'a') + "äb") == std::string(59, 'a') + "…");
}

TEST_CASE("settings spelling: a key path joins with dots")
{
    CHECK(join_path("", "a") == "a");
    CHECK(join_path("a.b", "c") == "a.b.c");
}

TEST_CASE("settings spelling: a login in a value is masked, also where the value is cut")
{
    CHECK(shown("http://pu:hunter2@p:3128") == "`http://****@p:3128`");
    CHECK(shown("pu:hunter2@p:3128") == "`****@p:3128`");
    CHECK(shown("me@example.com") == "`me@example.com`");
    const auto longest = shown("pu:" + std::string(80, 'h') + "@p:3128");
    CHECK(longest == "`****@p:3128`");
    CHECK(shown("pu:hunter2\n@p:3128") == "`****…`");
    CHECK(shown("pu: hunter2@p:3128") == "`****…`");
}

TEST_CASE("settings spelling: an official value shows no login, and nothing under a key that sounds like a secret")
{
    node text;
    text.is = node::kind::scalar;
    text.text = "http://pu:hunter2@p:3128";
    CHECK(official_spelling("proxy", text) == "http://****@p:3128");
    text.text = "hunter2@p:3128";
    CHECK(official_spelling("https_proxy", text) == "****@p:3128");
    text.text = "hunter2";
    for (const auto* const key : {"pwd", "db_pwd", "passwd", "passphrase", "Password", "PASS"})
        CHECK(official_spelling(key, text) == "****");
}
