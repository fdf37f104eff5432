#include "by_hand.hpp"
#include "services/activity.hpp"

#include <optional>

using namespace qdc;
using namespace qdc::services;
using namespace qdc::services::test;

namespace
{

service_options usual()
{
    service_options options;
    return options;
}

by_hand user_activity(const service_options& options = usual(), std::size_t piece = std::string::npos)
{
    return by_hand(make_user_activity(options, {"collector", "vuln.qualys.useractivitylog", "", {}}), piece);
}

// The first window: 24 hours up to a minute ago.
const auto noon = at("2026-11-22T12:00:00Z");
const auto later = at("2026-11-22T12:05:00Z");

struct row
{
    std::string date;
    std::string details;
    std::string user{"acme_ab1"};
};

row just(std::string_view time, std::string details)
{
    return {"2026-11-22T" + std::string(time) + "Z", std::move(details)};
}

std::string bare(const std::vector<row>& rows)
{
    std::string body = "\"Date\",\"Action\",\"Module\",\"Details\",\"User Name\",\"User Role\",\"User IP\"\n";
    for (const auto& one : rows)
        body += '"' + one.date + "\",\"login\",\"auth\",\"" + one.details + "\",\"" + one.user +
                "\",\"Manager\",\"203.0.113.4\"\n";
    return body;
}

std::string framed(const std::vector<row>& rows)
{
    return "----BEGIN_RESPONSE_BODY_CSV\n" + bare(rows) + "----END_RESPONSE_BODY_CSV\n";
}

std::string footer(std::string_view code, std::string_view text, std::string_view url)
{
    return "----BEGIN_RESPONSE_FOOTER_CSV\nWARNING\n\"CODE\",\"TEXT\",\"URL\"\n\"" + std::string(code) + "\",\"" +
           std::string(text) + "\",\"" + std::string(url) + "\"\n----END_RESPONSE_FOOTER_CSV\n";
}

/// A page that another one follows.
std::string page(const std::vector<row>& rows, std::uint64_t next)
{
    return framed(rows) +
           footer(
               "1980",
               "2 record limit exceeded.",
               "https://internal.example/api/2.0/fo/activity_log/?action=list&since_datetime=2001-01-01&id_max=" +
                   std::to_string(next)
           );
}

std::string event(const row& from)
{
    return R"({"Date":")" + from.date + R"(","Action":"login","Module":"auth","Details":")" + from.details +
           R"(","User Name":")" + from.user + R"(","User Role":"Manager","User IP":"203.0.113.4"})";
}

strings events_of(const std::vector<row>& rows)
{
    strings events;
    for (const auto& one : rows)
        events.push_back(event(one));
    return events;
}

/// One cycle with one page.
strings pulled(by_hand& activity, utc_time now, const std::vector<row>& rows)
{
    activity->begin_cycle(now);
    CHECK_FALSE(activity.answer(framed(rows)));
    CHECK_FALSE(activity->next_call());
    return activity.events();
}

}  // namespace

TEST_CASE("activity: the first pull asks for the last 24 hours, up to the settle delay before now")
{
    auto options = usual();
    options.filters = {{"user_action", "login"}};
    options.page_size = 500;
    auto activity = user_activity(options);
    activity->begin_cycle(noon);
    const auto call = activity.asked();
    CHECK(call.which == qualys::endpoint::user_activity);
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
        CHECK_FALSE(activity->next_call());
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

TEST_CASE("activity: after a cut the same page is asked for, and its rows do not come again")
{
    const std::vector<row> rows{
        just("10:00:02", "b"), just("10:00:01", "a"), just("10:00:01", "a"), just("10:00:00", "c")};
    const auto whole = framed(rows);
    for (std::size_t size = 0; size < whole.size(); ++size)
    {
        CAPTURE(size);
        auto activity = user_activity();
        activity->begin_cycle(noon);
        CHECK_FALSE(activity.answer(page({just("10:00:03", "first")}, 900)));
        activity.cut(whole.substr(0, size));
        CHECK(parameter(activity.asked(), "id_max") == "900");
        CHECK_FALSE(activity.answer(whole));
        auto expected = events_of(rows);
        expected.insert(expected.begin(), event(just("10:00:03", "first")));
        CHECK(activity.events() == expected);
        CHECK(activity->counts().received - activity->counts().duplicate == 5);
    }
}

TEST_CASE("activity: a framed answer that ends early is an error, and what was in it comes once")
{
    const auto whole = framed({just("10:00:01", "b"), just("10:00:00", "a")});
    auto activity = user_activity();
    activity->begin_cycle(noon);
    CHECK(activity.answer(whole.substr(0, whole.find("----END"))) == errc::body_cut);
    CHECK(activity.events().size() == 2);
    CHECK_FALSE(activity.answer(whole));
    CHECK(activity.events().empty());
    CHECK(activity->counts().duplicate == 2);
}

TEST_CASE("activity: the next window overlaps the last one, and what is known from there does not come again")
{
    auto activity = user_activity();
    const auto edge = just("11:58:59", "at the edge");
    const auto behind = just("11:59:00", "behind the edge");
    CHECK(pulled(activity, noon, {behind, edge}) == events_of({edge}));

    activity->begin_cycle(later);
    CHECK(parameter(activity.asked(), "since_datetime") == "2026-11-22T11:56:59Z");
    CHECK(parameter(activity.asked(), "until_datetime") == "2026-11-22T12:04:00Z");
    CHECK_FALSE(activity.answer(framed({just("12:00:00", "new"), behind, edge, just("11:56:59", "before the window")}))
    );
    CHECK(activity.events() == events_of({just("12:00:00", "new"), behind}));
    CHECK(activity->counts().received == 4);
    CHECK(activity->counts().duplicate == 1);
}

TEST_CASE("activity: a row that appears late, within the overlap, is not missed")
{
    auto activity = user_activity();
    pulled(activity, noon, {just("11:58:50", "a")});
    const auto late = just("11:58:40", "late");
    CHECK(pulled(activity, later, {just("11:58:50", "a"), late}) == events_of({late}));
}

TEST_CASE("activity: equal rows in one second are told apart by their number")
{
    auto activity = user_activity();
    const auto same = just("11:58:50", "same");
    CHECK(pulled(activity, noon, {same, same}) == events_of({same, same}));
    CHECK(pulled(activity, later, {same, same, same}) == events_of({same}));
}

TEST_CASE("activity: a page that was read twice does not make its rows count twice")
{
    auto activity = user_activity();
    const auto same = just("11:58:50", "same");
    activity->begin_cycle(noon);
    activity.cut(framed({same, same}));
    CHECK_FALSE(activity.answer(framed({same, same})));
    CHECK(activity.events() == events_of({same, same}));
    CHECK(pulled(activity, later, {same, same, same}) == events_of({same}));
}

TEST_CASE("activity: the number counts over the pages of a walk and over a restart between them")
{
    auto first = user_activity();
    const auto same = just("11:58:50", "same");
    pulled(first, noon, {same, same});
    first->begin_cycle(later);
    CHECK_FALSE(first.answer(page({same}, 900)));
    CHECK(first.events().empty());

    auto second = user_activity();
    REQUIRE(second->restore(first->state()));
    second->begin_cycle(at("2026-11-22T13:00:00Z"));
    const auto call = second.asked();
    CHECK(parameter(call, "id_max") == "900");
    CHECK(parameter(call, "until_datetime") == "2026-11-22T12:04:00Z");
    CHECK_FALSE(second.answer(framed({same, same})));
    CHECK(second.events() == events_of({same}));
}

TEST_CASE("activity: the overlap behind a walk of several pages holds the rows of all of them")
{
    auto activity = user_activity();
    activity->begin_cycle(noon);
    const std::vector<row> rows{just("11:58:58", "c"), just("11:58:57", "b"), just("11:50:00", "a")};
    CHECK_FALSE(activity.answer(page({rows[0]}, 900)));
    CHECK_FALSE(activity.answer(page({rows[1]}, 800)));
    CHECK_FALSE(activity.answer(framed({rows[2]})));
    activity.events();
    CHECK(pulled(activity, later, {rows[0], rows[1]}).empty());
    CHECK(pulled(activity, later, {rows[0], rows[1]}).empty());
}

TEST_CASE("activity: rows that arrive during the walk belong to the next window")
{
    auto activity = user_activity();
    activity->begin_cycle(noon);
    CHECK_FALSE(activity.answer(page({just("11:58:58", "b")}, 900)));
    const auto arrived = just("12:00:10", "arrived");
    CHECK_FALSE(activity.answer(framed({arrived, just("11:58:57", "a")})));
    CHECK(activity.events() == events_of({just("11:58:58", "b"), just("11:58:57", "a")}));
    CHECK(pulled(activity, later, {arrived}) == events_of({arrived}));
}

TEST_CASE("activity: a state from the middle of a page asks for the rest of it")
{
    std::vector<row> rows;
    for (int i = 0; i < 2000; ++i)
        rows.push_back(just("10:00:00", "row " + std::to_string(i / 2)));
    const auto whole = framed(rows);
    const auto events = events_of(rows);
    auto activity = user_activity();
    activity->begin_cycle(noon);
    CHECK_FALSE(activity.answer(whole));
    REQUIRE(activity.states().size() > 2);
    for (const auto& [handed_out, state] : activity.states())
    {
        auto again = user_activity();
        REQUIRE(again->restore(state));
        CHECK(again->state() == state);
        again->begin_cycle(later);
        CHECK_FALSE(again.answer(whole));
        CHECK(again.events() == strings(events.begin() + static_cast<std::ptrdiff_t>(handed_out), events.end()));
    }
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
    CHECK_FALSE(activity->skip_call());

    CHECK(activity.answer("<!doctype html><html><br>Down</html>") == errc::not_a_document);
    CHECK(activity.answer("Down for maintenance, sorry\n") == errc::not_a_document);
    CHECK(activity.answer("") == errc::not_a_document);
    CHECK(activity.answer(bare({just("10:00:00", "a")}) + "\"too\",\"few\"\n") == errc::csv_malformed);
    CHECK(activity.fault().starts_with("line 3, near \"\xE2\x80\xA6"));
    CHECK(activity.fault().find("\"too\",\"few\"") != std::string::npos);
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
    CHECK(activity->take_notices() == strings{"Qualys says: This version ends in March."});
}

TEST_CASE("activity: from a given mark on, rows from that second on are new")
{
    auto activity = user_activity();
    REQUIRE(activity->restore(activity->state_at(at("2026-11-22T11:00:00Z"), {"1"})));
    const auto fresh = just("11:00:00", "fresh");
    CHECK(pulled(activity, noon, {fresh, just("10:59:59", "delivered")}) == events_of({fresh}));
}
