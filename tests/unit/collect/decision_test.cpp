#include "collect/decision.hpp"

#include <boost/asio/error.hpp>

#include <doctest/doctest.h>

#include <string_view>
#include <utility>
#include <vector>

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
    CHECK(after(errc::xml_entity).step == next_step::retry);
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
    CHECK(refused({409, 1965, "x", 181s}, 99, 0.0).wait == 181s);
    // Without a named time it begins at 1 s and doubles.
    for (const int code : {0, 1920, 1960, 1965})
    {
        CAPTURE(code);
        CHECK(refused({409, code, "x", {}}, 1, 1.0).wait == 1s);
        CHECK(refused({409, code, "x", {}}, 4, 1.0).wait == 8s);
        CHECK(refused({409, code, "x", {}}, 99, 1.0).wait == 60s);
        CHECK(refused({409, code, "x", {}}).endpoint);
    }
    CHECK(name(refused({409, 1965, "x", {}}).id) == "rate_limit");
    CHECK(refused({409, 1960, "x", {}}).crowded);
    CHECK_FALSE(refused({409, 1965, "x", {}}).crowded);
}

TEST_CASE("decision: the cause says everything that came back and what it means")
{
    CHECK(
        refused({409, 1965, "Wait.", 23s}).cause ==
        "HTTP 409, code 1965: Wait. (the subscription's calls for this period are used up)"
    );
}

namespace
{

decision at_stage(call_stage stage, error_code failure)
{
    page_outcome page;
    page.stage = stage;
    page.failure = failure;
    return decide(page, 1, 0.0);
}

struct expectation
{
    decision made;
    fault whose;
    next_step step;
    bool smaller;
    std::string_view reason;
};

void check(const std::vector<expectation>& rows)
{
    for (std::size_t i = 0; i < rows.size(); ++i)
    {
        CAPTURE(i);
        const auto& row = rows[i];
        CAPTURE(row.made.cause);
        CHECK(name(row.made.whose) == name(row.whose));
        CHECK(row.made.step == row.step);
        CHECK(row.made.smaller == row.smaller);
        CHECK(name(row.made.id) == row.reason);
        CHECK((row.made.wait > 0ms) == (row.step == next_step::retry));
    }
}

}  // namespace

TEST_CASE("decision: what fails before something was asked is the network's, whatever its error")
{
    for (const auto stage :
         {call_stage::look_up, call_stage::connect, call_stage::proxy, call_stage::tls, call_stage::sending})
        for (const error_code failure :
             {error_code(boost::asio::error::host_not_found),
              error_code(boost::asio::error::connection_refused),
              error_code(boost::asio::error::connection_reset),
              error_code(boost::asio::error::eof),
              error_code(boost::asio::error::timed_out),
              make_error_code(boost::system::errc::protocol_error)})
            check({{at_stage(stage, failure), fault::network, next_step::retry, false, "connection"}});
}

TEST_CASE("decision: an answer that does not come, or not whole, is that answer's fault, and less may help")
{
    const auto answer = [](call_stage stage, error_code failure, std::string_view reason) {
        return expectation{at_stage(stage, failure), fault::answer, next_step::retry, true, reason};
    };
    check(
        {answer(call_stage::first_byte, boost::asio::error::timed_out, "timeout"),
         answer(call_stage::first_byte, errc::body_cut, "cut"),
         answer(call_stage::first_byte, boost::asio::error::connection_reset, "cut"),
         answer(call_stage::body, boost::asio::error::timed_out, "timeout"),
         answer(call_stage::body, boost::asio::error::eof, "cut"),
         answer(call_stage::body, errc::body_cut, "cut"),
         answer(call_stage::document, errc::root_not_closed, "cut"),
         answer(call_stage::document, errc::xml_malformed, "malformed"),
         answer(call_stage::document, errc::xml_too_large, "malformed"),
         answer(call_stage::document, errc::csv_malformed, "malformed"),
         answer(call_stage::document, errc::json_malformed, "malformed"),
         answer(call_stage::document, errc::gzip_damaged, "malformed"),
         {refused({502, 0}), fault::answer, next_step::retry, true, "unavailable"},
         {refused({504, 0}), fault::answer, next_step::retry, true, "unavailable"}}
    );
}

TEST_CASE("decision: of an answer that would come again the same, or of another kind, less is no help")
{
    const auto document = [](error_code failure) { return at_stage(call_stage::document, failure); };
    check(
        {{document(errc::unexpected_root), fault::answer, next_step::retry, false, "other_document"},
         {document(errc::not_a_document), fault::answer, next_step::retry, false, "other_document"},
         {document(errc::xml_entity), fault::answer, next_step::retry, true, "malformed"},
         {document(errc::cursor_stands_still), fault::answer, next_step::next_cycle, false, "malformed"},
         {document(errc::record_too_large), fault::record, next_step::next_cycle, false, "too_large"},
         {document(errc::host_unknown), fault::record, next_step::next_cycle, false, "malformed"}}
    );
}

TEST_CASE("decision: each refusal has one whose fault it is")
{
    check(
        {{refused({503, 0}), fault::platform, next_step::retry, false, "unavailable"},
         {refused({500, 999}), fault::platform, next_step::retry, false, "unavailable"},
         {refused({408, 0}), fault::platform, next_step::retry, false, "unavailable"},
         {refused({409, 1981}), fault::platform, next_step::retry, false, "unavailable"},
         {refused({409, 1999}), fault::platform, next_step::retry, false, "unavailable"},
         {refused({409, 3000}), fault::platform, next_step::retry, false, "unavailable"},
         {refused({409, 1965, "", 5s}), fault::endpoint, next_step::retry, false, "rate_limit"},
         {refused({429, 0, "", 5s}), fault::endpoint, next_step::retry, false, "rate_limit"},
         {refused({409, 1960}), fault::endpoint, next_step::retry, false, "concurrency_limit"},
         {refused({409, 1920}), fault::endpoint, next_step::retry, false, "concurrency_limit"},
         {refused({409, 0}), fault::endpoint, next_step::retry, false, "concurrency_limit"},
         {refused({400, 1905}), fault::call, next_step::next_cycle, false, "refused"},
         {refused({418, 0}), fault::call, next_step::next_cycle, false, "refused"},
         {refused({403, 0}), fault::call, next_step::login, false, "login"},
         {refused({401, 0}), fault::login, next_step::login, false, "login"},
         {refused({409, 2002}), fault::login, next_step::login, false, "login"},
         {refused({200, 2012}), fault::login, next_step::login, false, "login"},
         {refused({404, 0}), fault::endpoint, next_step::retired, false, "retired"},
         {refused({301, 0}), fault::endpoint, next_step::other_host, false, "hostname"}}
    );
}

TEST_CASE("decision: no retry comes before the time that was asked for")
{
    auto busy = qualys::refusal{503};
    busy.retry_after = 6s;
    CHECK(refused(busy).wait == 6s);
    CHECK(refused(busy).least == 6s);
    CHECK(refused(busy, 9, 1.0).wait == 60s);
    busy.status = 429;
    CHECK(refused(busy).wait == 6s);
    busy.status = 409;
    busy.code = 1960;
    CHECK(refused(busy).wait == 6s);
    CHECK(refused(busy, 1, 0.99).wait >= 6s);
    CHECK(refused(busy, 9, 1.0).wait == 60s);
    busy.retry_after = 3600s;
    CHECK(refused(busy).wait == 3600s);
    busy.code = 3000;
    busy.retry_after.reset();
    busy.wait = 50s;
    CHECK(refused(busy).wait == 50s);
}

TEST_CASE("decision: only what any other call would have met too says nothing of a record")
{
    for (const auto& made :
         {at_stage(call_stage::connect, boost::asio::error::connection_refused),
          refused({409, 1960}),
          refused({409, 1965}),
          refused({429, 0}),
          refused({503, 1999}),
          refused({200, 1981})})
        CHECK(made.elsewhere);
    for (const auto& made :
         {at_stage(call_stage::body, boost::asio::error::connection_reset),
          refused({200, 999}),
          refused({500, 999}),
          refused({409, 3000}),
          refused({503, 0}),
          refused({400, 1905}),
          refused({401, 2000}),
          refused({403, 0}),
          refused({404, 0})})
        CHECK_FALSE(made.elsewhere);
}

TEST_CASE("decision: a time limit is called by what did not come")
{
    const auto late = [](call_stage stage) { return at_stage(stage, boost::asio::error::timed_out).cause; };
    CHECK(late(call_stage::look_up) == "the name was not found in time");
    CHECK(late(call_stage::connect) == "no connection in time");
    CHECK(late(call_stage::first_byte) == "no answer in time");
    CHECK(late(call_stage::body) == "nothing more came in time");
}

TEST_CASE("decision: a light call shows whether host and login are right")
{
    page_outcome light;
    CHECK(judge_light_call(light) == light_verdict::good);
    light.failure = errc::not_a_document;
    CHECK(judge_light_call(light) == light_verdict::other_host);
    light.failure = boost::asio::error::timed_out;
    CHECK(judge_light_call(light) == light_verdict::unknown);
    light.failure = errc::refused;
    const auto said = [&light](qualys::refusal refusal)
    {
        light.refusal = std::move(refusal);
        return judge_light_call(light);
    };
    CHECK(said({401, 0}) == light_verdict::login_refused);
    CHECK(said({403, 0}) == light_verdict::login_refused);
    CHECK(said({409, 2002}) == light_verdict::login_refused);
    CHECK(said({404, 0}) == light_verdict::other_host);
    CHECK(said({302, 0}) == light_verdict::other_host);
    CHECK(said({503, 0}) == light_verdict::unknown);
    CHECK(said({409, 1960}) == light_verdict::unknown);
}
