#include "activity_answers.hpp"

using namespace qdc;
using namespace qdc::services;
using namespace qdc::services::test;
using namespace qdc::services::test::activity;

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

TEST_CASE("activity: from a given mark on, rows from that second on are new")
{
    auto activity = user_activity();
    REQUIRE(activity->restore(activity->state_at(at("2026-11-22T11:00:00Z"), {"1"})));
    const auto fresh = just("11:00:00", "fresh");
    CHECK(pulled(activity, noon, {fresh, just("10:59:59", "delivered")}) == events_of({fresh}));
}
