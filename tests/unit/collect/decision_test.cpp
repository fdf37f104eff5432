#include "collect/decision.hpp"

#include <boost/asio/error.hpp>

#include <doctest/doctest.h>

using namespace qdc;
using namespace qdc::collect;
using namespace std::chrono_literals;

namespace
{

decision after(error_code failure, std::uint32_t attempt = 1, double jitter = 1.0)
{
    page_outcome page;
    page.failure = failure;
    page.detail = "line 1";
    return decide(page, attempt, jitter);
}

decision refused(qualys::refusal what, std::uint32_t attempt = 1, double jitter = 0.0)
{
    page_outcome page;
    page.failure = errc::refused;
    page.refusal = std::move(what);
    return decide(page, attempt, jitter);
}

}  // namespace

TEST_CASE("decision: what may be whole the next time is retried, later each time")
{
    for (const error_code failure :
         {error_code(boost::asio::error::connection_reset),
          error_code(errc::body_cut),
          error_code(errc::root_not_closed),
          error_code(errc::xml_malformed),
          error_code(errc::gzip_damaged),
          error_code(errc::not_a_document),
          error_code(errc::unexpected_root)})
    {
        CAPTURE(failure.message());
        CHECK(after(failure).step == next_step::retry);
        CHECK(after(failure).wait == 1s);
        CHECK(after(failure, 3).wait == 4s);
        CHECK(after(failure, 99).wait == 60s);
        CHECK(after(failure, 1, 0.0).wait == 500ms);
    }
    CHECK(after(errc::root_not_closed).cause == "the answer ended before its root element was closed (line 1)");
}

TEST_CASE("decision: what would come again the same waits for the next cycle")
{
    CHECK(after(errc::xml_entity).step == next_step::next_cycle);
    CHECK(after(errc::cursor_stands_still).step == next_step::next_cycle);
}

TEST_CASE("decision: a refusal is decided by what was said")
{
    CHECK(refused({401, 2000, "Bad Login/Password", {}}).step == next_step::login);
    CHECK(refused({409, 2003, "x", 5s}).step == next_step::login);
    CHECK(refused({200, 2001, "x", {}}).step == next_step::login);
    CHECK(refused({400, 1905, "x", {}}).step == next_step::next_cycle);
    CHECK(refused({404, 0, "", {}}).step == next_step::retired);
    CHECK(refused({503, 0, "", {}}, 4, 1.0).wait == 8s);
    CHECK(refused({503, 0, "", {}}).step == next_step::retry);
}

TEST_CASE("decision: a limit is waited for as long as was said, and never shorter")
{
    CHECK(refused({409, 1965, "x", 181s}).wait == 181s);
    CHECK(refused({409, 1965, "x", 181s}, 9, 0.99).wait >= 181s);
    CHECK(refused({409, 1965, "x", 181s}, 9, 0.99).wait < 200s);
    CHECK(refused({409, 1960, "x", {}}).wait == 30s);
    CHECK(refused({409, 0, "", {}}).wait == 30s);
    CHECK(refused({409, 1965, "x", {}}, 1, 1.0).wait == 1s);
    CHECK(refused({409, 1965, "x", {}}, 4, 1.0).wait == 8s);
}

TEST_CASE("decision: the cause says everything that came back and what it means")
{
    CHECK(
        refused({409, 1965, "Wait.", 23s}).cause ==
        "HTTP 409, code 1965: Wait. (the subscription's calls for this period are used up)"
    );
}
