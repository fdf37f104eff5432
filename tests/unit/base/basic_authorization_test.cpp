#include "base/basic_authorization.hpp"

#include <doctest/doctest.h>

using namespace qdc;

TEST_CASE("authorization: Basic is standard base64 of UTF-8")
{
    CHECK(basic_authorization("Aladdin", secret("open sesame")).reveal() == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    CHECK(basic_authorization("a", secret("b")).reveal() == "Basic YTpi");
    CHECK(basic_authorization("ab", secret("c")).reveal() == "Basic YWI6Yw==");
    CHECK(basic_authorization("ab", secret("cd")).reveal() == "Basic YWI6Y2Q=");
    // Passwords whose base64 needs '+' and '/': the URL-safe alphabet would be refused.
    CHECK(basic_authorization("u", secret("\xC3\xBB\xC3\xBF?>~")).reveal() == "Basic dTrDu8O/Pz5+");
}
