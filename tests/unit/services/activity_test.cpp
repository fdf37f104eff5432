#include "activity_answers.hpp"
#include "services/user_activity/endpoint.hpp"

using namespace qdc;
using namespace qdc::services;
using namespace qdc::services::test;
using namespace qdc::services::test::activity;

TEST_CASE("activity: the first pull asks for the last 24 hours, up to the settle delay before now")
{
    auto options = usual();
    options.filters = {{"user_action", "login"}};
    options.page_size = 500;
    auto activity = user_activity(options);
    activity->begin_cycle(noon);
    const auto call = activity.asked();
    CHECK(call.which == endpoints::user_activity);
    CHECK(
        call.form ==
        qualys::parameters{
            {"action", "list"},
            {"output_format", "csv"},
            {"since_datetime", "2026-11-21T11:59:59Z"},
            {"truncation_limit", "500"},
            {"until_datetime", "2026-11-22T11:59:00Z"},
            {"user_action", "login"}}
    );
}

TEST_CASE("activity: with a start the first pull begins there")
{
    auto options = usual();
    options.start_time = at("2026-11-01T00:00:00Z");
    auto activity = user_activity(options);
    const row start{"2026-11-01T00:00:00Z", "first"};
    CHECK(pulled(activity, noon, {start, {"2026-10-31T23:59:59Z", "too early"}}) == events_of({start}));
}

TEST_CASE("activity: a row becomes an event with the names of the columns as they are, and values as text")
{
    for (const auto piece : {std::string::npos, std::size_t(1)})
    {
        auto activity = user_activity(usual(), piece);
        activity->begin_cycle(noon);
        CHECK_FALSE(activity.answer(
            "\"Date\",\"User Name\",\"New one\"\r\n\"2026-11-22T10:00:00Z\",\"007\",\"said \"\"no\"\",\nand left\"\r\n"
        ));
        CHECK(
            activity.events() ==
            strings{R"({"Date":"2026-11-22T10:00:00Z","User Name":"007","New one":"said \"no\",\nand left"})"}
        );
        CHECK(activity->counts().received == 1);
        CHECK(activity->watermark() == at("2026-11-22T11:59:00Z"));
    }
}

TEST_CASE("activity: a bare answer, a framed one, and one with a last footer complete the cycle")
{
    const std::vector<row> rows{just("10:00:01", "b"), just("10:00:00", "a")};
    for (const auto& body :
         {bare(rows),
          framed(rows),
          framed(rows) + footer("", "", ""),
          framed(rows) +
              "----BEGIN_RESPONSE_FOOTER_CSV\n\"Status Message\"\n\"Finished\"\n----END_RESPONSE_FOOTER_CSV\n"})
    {
        CAPTURE(body);
        auto activity = user_activity();
        activity->begin_cycle(noon);
        CHECK_FALSE(activity.answer(body));
        CHECK(activity.events() == events_of(rows));
        CHECK(activity.is_over());
    }
}

TEST_CASE("activity: pages follow by id_max, with our own parameters, and the mark waits for the oldest one")
{
    auto activity = user_activity();
    activity->begin_cycle(noon);
    const auto first = activity.asked();
    CHECK_FALSE(activity.answer(page({just("10:00:03", "d"), just("10:00:02", "c")}, 900)));
    CHECK_FALSE(activity->watermark());
    CHECK(activity->position() == "row 900");

    auto expected = first.form;
    expected["id_max"] = "900";
    CHECK(activity.asked().form == expected);
    CHECK_FALSE(activity.answer(framed({just("10:00:01", "b")})));
    CHECK(activity->watermark() == at("2026-11-22T11:59:00Z"));
    CHECK(activity.events().size() == 3);
}

TEST_CASE("activity: a cursor that does not shrink, or is none, ends the walk before anything is lost")
{
    auto activity = user_activity();
    activity->begin_cycle(noon);
    CHECK_FALSE(activity.answer(page({just("10:00:03", "d")}, 900)));
    for (const std::uint64_t next : {900u, 901u, 0u})
        CHECK(activity.answer(page({just("10:00:02", "c")}, next)) == errc::cursor_stands_still);
    CHECK(activity.answer(framed({just("10:00:02", "c")}) + footer("1980", "", "")) == errc::cursor_stands_still);
    CHECK(activity.answer(framed({}) + footer("", "", "https://x.example/?id_max=-1")) == errc::cursor_stands_still);
    CHECK(parameter(activity.asked(), "id_max") == "900");
    CHECK_FALSE(activity->watermark());

    CHECK_FALSE(activity.answer(page({just("10:00:02", "c")}, 899)));
    CHECK(activity.events() == events_of({just("10:00:03", "d"), just("10:00:02", "c")}));
}

TEST_CASE("activity: rows of the own account are left out when that is wanted, and counted as filtered")
{
    auto options = usual();
    options.own_user = "Acme_SV2";
    auto activity = user_activity(options);
    row own = just("10:00:00", "API: /api/2.0/fo/activity_log/");
    own.user = "acme_sv2";
    const auto other = just("09:00:00", "b");
    CHECK(pulled(activity, noon, {own, other}) == events_of({other}));
    CHECK(activity->counts().received == 2);
    CHECK(activity->counts().filtered == 1);
    CHECK(activity->counts().duplicate == 0);

    auto all = user_activity();
    CHECK(pulled(all, noon, {own, other}) == events_of({own, other}));
}

TEST_CASE("activity: a row whose date cannot be read is handed out")
{
    auto activity = user_activity();
    const row odd{"yesterday", "a"};
    CHECK(pulled(activity, noon, {odd}) == events_of({odd}));
}

TEST_CASE("activity: for pull both ends of the window count")
{
    auto options = usual();
    options.start_time = at("2026-11-22T10:00:00Z");
    options.until = at("2026-11-22T11:00:00Z");
    auto activity = user_activity(options);
    activity->begin_cycle(noon);
    CHECK(parameter(activity.asked(), "since_datetime") == "2026-11-22T09:59:59Z");
    CHECK(parameter(activity.asked(), "until_datetime") == "2026-11-22T11:00:01Z");
    CHECK(
        pulled(
            activity,
            noon,
            {just("11:00:01", "after"), just("11:00:00", "last"), just("10:00:00", "first"), just("09:59:59", "before")}
        ) == events_of({just("11:00:00", "last"), just("10:00:00", "first")})
    );
}

TEST_CASE("activity: errors are XML although CSV was asked for; HTML and other texts are no answer")
{
    auto activity = user_activity();
    activity->begin_cycle(noon);
    CHECK(activity.answer(refusal_body(1905, "unsupported date format")) == errc::refused);
    CHECK(activity.refused().code == 1905);
    CHECK(activity.refused().text == "unsupported date format");
    activity.asked();
    CHECK(activity.fail({.lasting = true}) == what_next::give_up);

    CHECK(activity.answer("<!doctype html><html><br>Down</html>") == errc::not_a_document);
    CHECK(activity.answer("Down for maintenance, sorry\n") == errc::not_a_document);
    CHECK(activity.answer("") == errc::not_a_document);
    CHECK(activity.answer(framed({just("10:00:00", "a")}) + "\"too\",\"few\"\n") == errc::csv_malformed);
    CHECK(activity.fault() == "line 5");
    CHECK(activity.events() == events_of({just("10:00:00", "a")}));
    CHECK_FALSE(activity.answer(bare({})));
}

TEST_CASE("activity: a notice in the footer is passed on once")
{
    auto activity = user_activity();
    for (const auto now : {noon, later})
    {
        activity->begin_cycle(now);
        CHECK_FALSE(activity.answer(framed({}) + footer("", "This version ends in March.", "")));
    }
    CHECK(
        activity->take_notices() ==
        std::vector<notice>{{trouble_id::notice, "Qualys says: This version ends in March."}}
    );
}

TEST_CASE("activity: a row that cannot be read is left out alone, and counted")
{
    for (const std::string_view odd :
         {"\"2026-11-22T10:00:01Z\",\"login\",\"auth\",\"one\",\"more\",\"acme_ab1\",\"Manager\",\"203.0.113.4\"\n",
          "\"2026-11-22T10:00:01Z\",\"login\",\"auth\",\"acme_ab1\",\"Manager\",\"203.0.113.4\"\n",
          "\"2026-11-22T10:00:01Z\",\"login\",\"auth,\"x\",\"acme_ab1\",\"Manager\",\"203.0.113.4\"\n",
          "Internal error\n"})
    {
        CAPTURE(odd);
        auto activity = user_activity();
        activity->begin_cycle(noon);
        auto body = framed({just("10:00:02", "c"), just("10:00:00", "a")});
        body.insert(body.find("\"2026-11-22T10:00:00Z"), odd);
        CHECK_FALSE(activity.answer(body));
        CHECK(activity.events() == events_of({just("10:00:02", "c"), just("10:00:00", "a")}));
        CHECK(activity->counts().unreadable_rows == 1);
    }
}

TEST_CASE("activity: a row that cannot be read is named once, though each window brings it again")
{
    auto activity = user_activity();
    auto body = framed({just("11:58:58", "c"), just("11:58:50", "a")});
    body.insert(body.find("\"2026-11-22T11:58:50Z"), "Internal error\n");
    activity->begin_cycle(noon);
    CHECK_FALSE(activity.answer(body));
    CHECK(activity->take_notices().size() == 1);
    // After a restart, too; the cycle still says what it left out.
    auto again = user_activity();
    REQUIRE(again->restore(activity->state()));
    for (const int minute : {1, 2})
    {
        again->begin_cycle(noon + std::chrono::seconds(20 * minute));
        CHECK_FALSE(again.answer(body));
        CHECK(again->take_notices().empty());
        CHECK(again->in_quarantine().size() == 1);
        CHECK(again.events().empty());
    }
    // Another one is another one.
    body.insert(body.find("\"2026-11-22T11:58:50Z"), "Other error\n");
    again->begin_cycle(noon + std::chrono::seconds(60));
    CHECK_FALSE(again.answer(body));
    CHECK(again->take_notices().size() == 1);
}

TEST_CASE("activity: an odd quote in a row is text")
{
    auto activity = user_activity();
    CHECK(pulled(activity, noon, {just("10:00:02", "say \"hi\" now"), just("10:00:00", "a")}).size() == 2);
    CHECK(activity->counts().unreadable_rows == 0);
}

TEST_CASE("activity: only a known end is an end")
{
    const auto with_footer = [](const std::string& rows)
    {
        return framed({just("10:00:03", "d")}) + "----BEGIN_RESPONSE_FOOTER_CSV\n" + rows +
               "----END_RESPONSE_FOOTER_CSV\n";
    };
    for (const char* const last :
         {"\"Status Message\"\n\"FINISHED\"\n",
          "WARNING\n\"CODE\",\"TEXT\",\"URL\"\n\"1999\",\"The end of this version is "
          "near\",\"https://x.example/eos\"\n",
          "WARNING\n\"CODE\",\"TEXT\"\n\"7\",\"x\"\n"})
    {
        CAPTURE(last);
        auto activity = user_activity();
        activity->begin_cycle(noon);
        CHECK_FALSE(activity.answer(with_footer(last)));
        CHECK(activity->watermark());
    }
    for (const char* const more :
         {"\"Status Message\",\"Next ID\",\"Next URL\"\n\"Truncated\",\"77\",\"https://x/?action=list&id_max=77\"\n",
          "\"Go on\"\n\"https://x/?id_max=77\"\n",
          "WARNING\n\"CODE\",\"TEXT\",\"URL\"\n\"\",\"x\",\"https://x/?id_max=77\"\n"})
    {
        CAPTURE(more);
        auto activity = user_activity();
        activity->begin_cycle(noon);
        CHECK_FALSE(activity.answer(with_footer(more)));
        CHECK_FALSE(activity->watermark());
        CHECK(parameter(activity.asked(), "id_max") == "77");
    }
    for (const char* const unclear :
         {"\"Status Message\"\n\"Truncated\"\n", "\"Status\",\"URL\"\n\"Truncated\",\"https://x/more\"\n", "WARNING\n"})
    {
        CAPTURE(unclear);
        auto activity = user_activity();
        activity->begin_cycle(noon);
        CHECK(activity.answer(with_footer(unclear)) == errc::csv_malformed);
        CHECK(activity.fault().find("footer") != std::string::npos);
        CHECK_FALSE(activity->watermark());
    }
}

TEST_CASE("activity: dates in other forms are dates, and their rows do not come twice")
{
    for (const char* const date :
         {"2026-11-22 11:58:30",
          "2026-11-22T11:58:30.250Z",
          "2026-11-22T12:58:30+01:00",
          "2026-11-22 06:58:30 -0500",
          "2026-11-22T11:58:30 UTC",
          "22 Nov 2026 11:58",
          ""})
    {
        CAPTURE(date);
        const row odd{date, "a"};
        const row equal{date, "a"};
        auto activity = user_activity();
        CHECK(pulled(activity, noon, {odd, equal}) == events_of({odd, equal}));
        CHECK(pulled(activity, later, {odd, equal}).empty());
        CHECK(pulled(activity, at("2026-11-22T12:06:00Z"), {odd, equal, equal}).size() <= 1);
    }
}

TEST_CASE("activity: a row of another time is left out whatever the form of its date")
{
    auto activity = user_activity();
    CHECK(
        pulled(
            activity,
            noon,
            {{"2026-11-22 13:00:00", "after"},
             {"2026-11-22T11:00:00+09:00", "x"},
             {"2026-11-21T11:00:00-00:30", "before"}}
        ) == events_of({{"2026-11-22T11:00:00+09:00", "x"}})
    );
}

TEST_CASE("activity: columns named as ours or twice are dropped, and new ones are named")
{
    auto activity = user_activity();
    activity->begin_cycle(noon);
    CHECK_FALSE(activity.answer("\"@devo_pulling_id\",\"Date\",\"Action\",\"Action\",\"scan_reference\",\"New one\"\n"
                                "\"1\",\"2026-11-22T10:00:00Z\",\"a\",\"b\",\"c\",\"d\"\n"));
    CHECK(activity.events() == strings{R"({"Date":"2026-11-22T10:00:00Z","Action":"a","New one":"d"})"});
    CHECK(activity->counts().unknown_elements == 4);
    CHECK(
        activity->counts().unknown_names.noted() ==
        strings{
            "@devo_pulling_id (column, dropped)",
            "Action (column, dropped)",
            "scan_reference (column, dropped)",
            "New one (column)"}
    );
}
