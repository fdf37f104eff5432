#include "by_hand.hpp"
#include "services/activity_window.hpp"

#include <chrono>

using namespace qdc;
using namespace qdc::services;
using namespace qdc::services::test;
using namespace std::chrono_literals;

namespace
{

const auto noon = at("2026-11-22T12:00:00Z");

/// A window of one page with one row.
bool pull(activity_window& window, utc_time now, std::uint64_t print, utc_time date)
{
    window.open(now);
    window.begin_page();
    REQUIRE(window.holds(date));
    const bool fresh = window.admit(print, date);
    window.taken();
    CHECK_FALSE(window.end_page(std::nullopt));
    return fresh;
}

}  // namespace

TEST_CASE("activity window: it is frozen in whole seconds")
{
    activity_window window({});
    CHECK_FALSE(window.is_open());
    window.open(noon + 290ms);
    CHECK(window.is_open());
    CHECK(window.from() == noon - 24h);
    CHECK(window.until() == noon - 60s);
    CHECK_FALSE(window.holds(noon - 60s));
    CHECK(window.holds(noon - 61s));
    CHECK(window.holds(noon - 24h));
    CHECK_FALSE(window.holds(noon - 24h - 1s));
}

TEST_CASE("activity window: the overlap never reaches before the start, or before what is known")
{
    service_options options;
    options.start_time = noon - 90s;
    activity_window window(options);
    CHECK(pull(window, noon, 1, noon - 90s));
    window.open(noon + 1s);
    CHECK(window.from() == *options.start_time);

    auto wide = options;
    wide.overlap = 24h;
    activity_window wider(wide);
    CHECK(pull(wider, noon + 1h, 1, noon));
    activity_window narrow(options);
    REQUIRE(narrow.restore(wider.state()));
    narrow.open(noon + 2h);
    CHECK(narrow.from() == noon + 59min - 120s);
    narrow.begin_page();
    CHECK_FALSE(narrow.end_page(std::nullopt));

    activity_window again(wide);
    REQUIRE(again.restore(narrow.state()));
    again.open(noon + 3h);
    CHECK(again.from() == noon + 2h - 60s - 120s);
}

TEST_CASE("activity window: a clock that is set back within the overlap brings nothing again")
{
    activity_window window({});
    CHECK(pull(window, noon, 1, noon - 61s));
    CHECK_FALSE(pull(window, noon - 100s, 1, noon - 61s));
    CHECK(window.mark() == noon - 60s);
    CHECK_FALSE(pull(window, noon, 1, noon - 61s));
}

TEST_CASE("activity window: after a clock that was ahead, what happened meanwhile is asked for")
{
    activity_window window({});
    CHECK(pull(window, noon + 1h, 1, noon - 61s));
    window.open(noon);
    CHECK(window.from() == noon - 60s - 120s);
    CHECK(window.until() == noon - 60s);
}

TEST_CASE("activity window: rows that a clock ahead of Qualys' let through come once")
{
    activity_window window({});
    // Asked for up to the future, a row of the last minute comes, although Qualys vouches for less.
    window.open(noon + 10min);
    window.vouch(noon);
    window.begin_page();
    CHECK(window.admit(1, noon - 10s));
    window.taken();
    CHECK_FALSE(window.end_page(std::nullopt));
    CHECK(window.mark() == noon - 60s);

    // The next window is too short for it, the one behind holds it again.
    activity_window again({});
    REQUIRE(again.restore(window.state()));
    again.open(noon + 1s);
    again.begin_page();
    again.vouch(noon + 1s);
    CHECK_FALSE(again.end_page(std::nullopt));
    CHECK_FALSE(pull(again, noon + 60s, 1, noon - 10s));

    // Once a window was as long as the longest, nothing but the overlap is remembered.
    CHECK(pull(again, noon + 20min, 2, noon));
    CHECK(again.state().find("0000000000000001") == std::string::npos);
}

TEST_CASE("activity window: what is remembered is bounded by the overlap")
{
    activity_window window({});
    window.open(noon);
    for (std::uint64_t page = 50; page > 0; --page)
    {
        window.begin_page();
        for (std::uint64_t row = 0; row < 1000; ++row)
            CHECK(window.admit(page * 1000 + row, noon - 1h));
        window.taken();
        CHECK_FALSE(window.end_page(page));
    }
    window.begin_page();
    CHECK_FALSE(window.end_page(std::nullopt));
    CHECK(window.state().size() < 300);
}

TEST_CASE("activity window: of a page that is very large the state does not hold the rows")
{
    service_options options;
    options.page_size = 1'000'000;
    activity_window window(options);
    window.open(noon);
    window.begin_page();
    for (std::uint64_t row = 0; row < 100'000; ++row)
        CHECK(window.admit(row, noon - 1h));
    window.taken();
    CHECK(window.state().size() < 300);
    window.begin_page();
    CHECK_FALSE(window.admit(5, noon - 1h));
}

TEST_CASE("activity window: a changed start_time_utc resets")
{
    activity_window window({});
    CHECK(pull(window, noon, 1, noon - 61s));
    service_options options;
    options.start_time = noon - 1h;
    activity_window changed(options);
    CHECK(changed.restore(window.state()));
    CHECK_FALSE(changed.mark());
    CHECK(pull(changed, noon, 1, noon - 61s));
}

TEST_CASE("activity window: what is no state of its own is refused, and changes nothing")
{
    activity_window window({});
    CHECK(pull(window, noon, 1, noon - 61s));
    const auto before = window.state();
    const auto with = [&before](std::string_view member, std::string_view value)
    {
        auto text = before;
        const auto key = '"' + std::string(member) + "\":";
        const auto begin = text.find(key) + key.size();
        const auto end = text.find_first_of(",", begin);
        return text.replace(begin, end - begin, value);
    };
    CHECK(window.restore(with("id_max", "7")));
    CHECK(window.restore(before));
    for (const auto& text :
         {std::string("no JSON"),
          std::string("[]"),
          std::string("{}"),
          with("start_time_utc", "7"),
          with("mark", "\"yesterday\""),
          with("mark", "\"1969-12-31T23:59:59Z\""),
          with("id_max", "\"7\""),
          with("id_max", "-7"),
          with("from", "\"2026-11-22T12:00:00Z\""),
          with("known", "[]"),
          with("known", "{\"1\":1}"),
          with("kept", "{\"0000000000000001\":0}")})
    {
        CAPTURE(text);
        CHECK_FALSE(window.restore(text));
        CHECK(window.state() == before);
    }
}
