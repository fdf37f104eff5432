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
    for (const unsigned status : {200u, 400u, 401u, 403u, 409u, 429u, 500u, 503u})
        for (int code = 2000; code <= 2014; ++code)
        {
            CAPTURE(status);
            CAPTURE(code);
            CHECK(of(status, code) == remedy::login);
        }
}

TEST_CASE("refusal: a 403 without a code is about this call, the login may be good")
{
    CHECK(of(403, 0) == remedy::permission);
}

TEST_CASE("refusal: limits wait as long as was said, concurrency a short time")
{
    CHECK(of(409, 1965, 23s) == remedy::wait);
    CHECK(of(409, 1965) == remedy::wait);
    CHECK(of(409, 1960) == remedy::short_wait);
    CHECK(of(409, 1920) == remedy::short_wait);
    CHECK(of(409, 0, 5s) == remedy::wait);
    CHECK(of(409, 0) == remedy::short_wait);
    CHECK(of(429, 0, 5s) == remedy::wait);
    CHECK(of(429, 0) == remedy::short_wait);
}

TEST_CASE("refusal: a 409 is a limit only when it says so, or says nothing")
{
    CHECK(of(409, 1966, 5s) == remedy::back_off);
    CHECK(of(409, 3001) == remedy::back_off);
    CHECK(of(409, 1905, 5s) == remedy::next_period);
}

TEST_CASE("refusal: maintenance, and a request that is worked on, are waited for under any status")
{
    for (const unsigned status : {200u, 400u, 401u, 403u, 404u, 409u, 429u, 503u})
        for (const int code : {1981, 1999})
            CHECK(of(status, code) == remedy::later);
    CHECK(judge({409, 1999}).meaning == "the platform is under maintenance");
}

TEST_CASE("refusal: the longest wait that was asked for counts")
{
    refusal both{429};
    CHECK_FALSE(asked_wait(both));
    both.retry_after = 3s;
    CHECK(asked_wait(both) == 3s);
    CHECK(judge(both).what == remedy::wait);
    both.wait = 9s;
    CHECK(asked_wait(both) == 9s);
    both.retry_after = 30s;
    CHECK(asked_wait(both) == 30s);
}

TEST_CASE("refusal: what is no document of Qualys is shown, and may be a gateway's")
{
    refusal blocked{403};
    blocked.beginning = "it begins with: {\"error\":\"denied\"}";
    CHECK(describe(blocked) == "HTTP 403, it begins with: {\"error\":\"denied\"}");
    for (const unsigned status : {302u, 400u, 403u, 404u, 409u, 413u, 429u, 500u, 503u})
    {
        CAPTURE(status);
        blocked.status = status;
        CHECK(judge(blocked).meaning.find("firewall") != std::string::npos);
        auto own = blocked;
        own.text = "in Qualys' own words";
        CHECK(judge(own).meaning.find("firewall") == std::string::npos);
        CHECK(describe(own).find("begins") == std::string::npos);
    }
}

TEST_CASE("refusal: a redirect says where to, and is of another host")
{
    refusal moved{302};
    moved.redirect_host = "www.example.com";
    CHECK(describe(moved) == "HTTP 302, a redirect to www.example.com");
    CHECK(judge(moved).what == remedy::other_host);
}

TEST_CASE("refusal: a wrong request waits for the next period")
{
    for (const int code : {1901, 1903, 1904, 1905, 1907, 1908, 1922})
    {
        CAPTURE(code);
        CHECK(of(400, code) == remedy::next_period);
    }
    CHECK(of(400, 0) == remedy::next_period);
    CHECK(of(414, 0) == remedy::next_period);
}

TEST_CASE("refusal: a retired version is told apart")
{
    CHECK(of(404, 0) == remedy::other_version);
    CHECK(of(410, 0) == remedy::other_version);
}

TEST_CASE("refusal: everything else gets better by itself")
{
    for (const unsigned status : {500u, 502u, 503u, 504u, 200u, 204u, 408u})
    {
        CAPTURE(status);
        CHECK(of(status, 0) == remedy::back_off);
    }
    CHECK(of(409, 999) == remedy::back_off);
    CHECK(of(400, 999) == remedy::back_off);
}
