#include "qualys/quota.hpp"

#include <doctest/doctest.h>

using namespace qdc::qualys;
using namespace std::chrono_literals;

namespace
{

using time_point = quota::time_point;

constexpr time_point start{1000h};

limits reported(std::uint64_t calls, std::chrono::seconds window, std::optional<std::uint64_t> remaining)
{
    limits said;
    said.calls = calls;
    said.window = window;
    said.remaining = remaining;
    said.concurrent = 2;
    return said;
}

/// One call that is over at once.
void call(quota& of, time_point at, const limits& said)
{
    of.begun(at);
    of.ended(said, at);
}

bool is_free(quota& of, time_point at)
{
    return of.next(at).reason == hold_reason::none;
}

}  // namespace

TEST_CASE("quota: before Qualys has reported its limits calls go out")
{
    quota it(0.8);
    CHECK(is_free(it, start));
    call(it, start, {});
    CHECK(is_free(it, start));
    CHECK_FALSE(it.remaining(start));
}

TEST_CASE("quota: no more than our share is used, and each call is free again when it leaves the window")
{
    quota it(0.8);
    int made = 0;
    for (auto at = start; at < start + 6s; at += 100ms)
        if (is_free(it, at))
            call(it, at, reported(15, 6s, 15u - static_cast<unsigned>(++made)));
    CHECK(made == 12);
    CHECK(it.next(start + 5900ms).until == start + 7s);  // a second for the way to Qualys
    CHECK(is_free(it, start + 7s));
}

TEST_CASE("quota: when others use more than the rest, we stop early and leave them the rest")
{
    quota it(0.8);
    call(it, start, reported(300, 3600s, 61));
    CHECK(is_free(it, start + 1s));
    call(it, start + 1s, reported(300, 3600s, 60));
    const auto hold = it.next(start + 2s);
    CHECK(hold.reason == hold_reason::quota);
    CHECK(hold.until == start + 1s + 180s);
}

TEST_CASE("quota: one call in each twentieth of the window tells how things stand, so that nothing starves")
{
    quota it(0.8);
    call(it, start, reported(300, 3600s, 20));
    CHECK_FALSE(is_free(it, start + 179s));
    CHECK(is_free(it, start + 180s));
    call(it, start + 180s, reported(300, 3600s, 200));
    CHECK(is_free(it, start + 181s));
}

TEST_CASE("quota: the answer that used the last call and names no wait is not followed by a call at once")
{
    quota it(1.0);
    call(it, start, reported(15, 360s, 0));
    CHECK_FALSE(is_free(it, start));
    CHECK_FALSE(is_free(it, start + 359s));
    CHECK(is_free(it, start + 361s));
}

TEST_CASE("quota: a wait that the headers name is kept")
{
    quota it(1.0);
    auto said = reported(15, 360s, 0);
    said.wait = 181s;
    call(it, start, said);
    CHECK(it.next(start).until == start + 181s);
}

TEST_CASE("quota: our calls since the last answer count as used")
{
    quota it(1.0);
    call(it, start, reported(15, 360s, 10));
    it.begun(start + 1s);
    CHECK(it.remaining(start + 1s) == 9);
}

TEST_CASE("quota: what was reported a window ago is forgotten")
{
    quota it(1.0);
    call(it, start, reported(15, 360s, 0));
    CHECK(it.remaining(start + 361s) == 15);
    CHECK(is_free(it, start + 361s));
}

TEST_CASE("quota: a refused call that names no remaining calls leaves the reckoning as it is")
{
    quota it(1.0);
    call(it, start, reported(15, 360s, 10));
    call(it, start + 1s, reported(15, 360s, std::nullopt));
    CHECK(it.remaining(start + 1s) == 9);
}

TEST_CASE("quota: a block ends when it was said to end")
{
    quota it(1.0);
    it.blocked(start + 30s);
    CHECK(it.next(start).until == start + 30s);
    CHECK(it.next(start).reason == hold_reason::limit);
    CHECK(is_free(it, start + 30s));
}

TEST_CASE("quota: as many calls at once as we may use of those allowed")
{
    quota it(0.5);
    call(it, start, reported(300, 3600s, 299));
    it.begun(start);
    const auto hold = it.next(start);
    CHECK(hold.reason == hold_reason::concurrency);
    it.ended({}, start);
    CHECK(is_free(it, start));
}

TEST_CASE("quota: places are our share, rounded, less the calls of others and the places given up, but always one")
{
    quota it(0.8);
    CHECK(it.places(start) > 1000);
    auto said = reported(300, 3600s, 299);
    said.concurrent = 10;
    said.running = 0;
    call(it, start, said);
    CHECK(it.places(start) == 8);
    said.running = 4;  // one of them may be the call that was answered
    call(it, start, said);
    CHECK(it.others() == 3);
    CHECK(it.places(start) == 5);
    it.crowded(start + 600s);
    it.crowded(start + 700s);
    CHECK(it.places(start) == 3);
    CHECK(it.places(start + 600s) == 4);
    CHECK(it.places(start + 700s) == 5);
    said.running = 9;
    call(it, start, said);
    CHECK(it.places(start + 700s) == 1);
}

TEST_CASE("quota: what may have been a call of ours is none of others")
{
    quota it(1.0);
    auto said = reported(300, 3600s, 299);
    said.concurrent = 10;
    const auto first = it.begun(start);
    const auto second = it.begun(start);
    const auto third = it.begun(start);
    it.ended({}, start, second);
    it.ended({}, start, third);
    said.running = 3;  // when the first one was counted, all three ran
    it.received(said, start, first);
    CHECK(it.others() == 0);
    const auto fourth = it.begun(start);
    it.ended({}, start, first);
    said.running = 4;  // at most two ran since the fourth began
    it.received(said, start, fourth);
    CHECK(it.others() == 2);
}

TEST_CASE("quota: a call counts once, whenever its limits are received")
{
    quota it(1.0);
    const auto first = it.begun(start);
    it.received(reported(10, 6s, 9), start, first);
    CHECK(it.remaining(start) == 9);
    CHECK(it.running() == 1);
    it.ended({}, start, first);
    CHECK(it.remaining(start) == 9);
    CHECK(it.running() == 0);
}

TEST_CASE("quota: limits are read from headers; what is no sane number counts as not said")
{
    const auto said = read_limits(
        {{"x-ratelimit-limit", "300"},
         {"x-ratelimit-window-sec", "3600"},
         {"x-ratelimit-remaining", " 297 "},
         {"x-ratelimit-towait-sec", "0"},
         {"x-concurrency-limit-limit", "2"},
         {"x-concurrency-limit-running", "-1"}}
    );
    CHECK(said.calls == 300);
    CHECK(said.window == 3600s);
    CHECK(said.remaining == 297);
    CHECK_FALSE(said.wait);
    CHECK(said.concurrent == 2);
    CHECK_FALSE(said.running);
    CHECK_FALSE(read_limits({{"x-ratelimit-limit", "18446744073709551615"}}).calls);
    CHECK_FALSE(read_limits({{"x-ratelimit-window-sec", "3600; x"}}).window);
}
