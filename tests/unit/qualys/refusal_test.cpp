#include "qualys/refusal.hpp"

#include <doctest/doctest.h>

using namespace qdc::qualys;
using namespace std::chrono_literals;

namespace
{

remedy of(unsigned status, int code, std::optional<std::chrono::seconds> wait = {})
{
    const auto said = judge({status, code, {}, wait});
    CHECK_FALSE(said.meaning.empty());
    return said.what;
}

}  // namespace

TEST_CASE("refusal: it is described with everything that was said")
{
    CHECK(describe({409, 1965, "Wait.", 23s}) == "HTTP 409, code 1965: Wait.");
    CHECK(describe({503, 0, "", {}}) == "HTTP 503");
}

TEST_CASE("refusal: a refused login is never tried again at once, under whatever status")
{
    CHECK(of(401, 2000) == remedy::login);
    CHECK(of(401, 0) == remedy::login);
    CHECK(of(403, 0) == remedy::login);
    CHECK(of(200, 2001) == remedy::login);
    CHECK(of(409, 2003) == remedy::login);
}

TEST_CASE("refusal: limits wait as long as was said, concurrency a short time")
{
    CHECK(of(409, 1965, 23s) == remedy::wait);
    CHECK(of(409, 1965) == remedy::back_off);  // it could be anything
    CHECK(of(409, 1960) == remedy::short_wait);
    CHECK(of(409, 1920) == remedy::short_wait);
    CHECK(of(409, 0, 5s) == remedy::wait);
    CHECK(of(409, 0) == remedy::short_wait);
    CHECK(of(409, 1966, 5s) == remedy::wait);
    CHECK(of(429, 0, 5s) == remedy::wait);
    CHECK(of(200, 2014) == remedy::short_wait);
}

TEST_CASE("refusal: a wrong request waits for the next period")
{
    for (const int code : {1901, 1903, 1904, 1905, 1907, 1908, 1922})
    {
        CAPTURE(code);
        CHECK(of(400, code) == remedy::next_period);
    }
    CHECK(of(400, 0) == remedy::next_period);
    CHECK(of(302, 0) == remedy::next_period);
    CHECK(of(414, 0) == remedy::next_period);
}

TEST_CASE("refusal: a retired version is told apart")
{
    CHECK(of(404, 0) == remedy::other_version);
    CHECK(of(410, 0) == remedy::other_version);
}

TEST_CASE("refusal: everything else gets better by itself")
{
    for (const unsigned status : {500u, 502u, 503u, 504u, 200u, 204u})
    {
        CAPTURE(status);
        CHECK(of(status, 0) == remedy::back_off);
    }
    CHECK(of(409, 999) == remedy::back_off);
    CHECK(of(400, 999) == remedy::back_off);
}
