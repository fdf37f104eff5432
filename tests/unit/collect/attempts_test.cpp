#include "collect/attempts.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace qdc;
using namespace qdc::collect;
using namespace std::chrono_literals;

namespace
{

using kind = lane_action::kind;
using event = call_event;

constexpr time_source::time_point start{};

/// One failed call, and what has to follow on it.
struct happening
{
    call_event event;
    std::chrono::milliseconds wait;
    time_source::duration after;  ///< the start
    std::uint64_t progress;
    std::uint32_t failures;  ///< expected: in a row
    lane_action action;      ///< expected
};

void play_through(attempts tries, const std::vector<happening>& all)
{
    for (const auto& one : all)
    {
        CAPTURE(static_cast<int>(one.event));
        CAPTURE(one.after.count());
        CHECK(tries.failed(one.progress, start + one.after) == one.failures);
        CHECK(tries.resume(one.event, one.wait, start + one.after) == one.action);
    }
}

lane_action ends(cycle_end how)
{
    return {kind::end, 0ms, how, false};
}

constexpr lane_action late{kind::end, 0ms, cycle_end::failed, true};

}  // namespace

TEST_CASE("attempts: each event has its action")
{
    play_through(attempts(std::nullopt), {{event::login_refused, 5s, 0s, 0, 1, ends(cycle_end::login)}});
    play_through(attempts(std::nullopt), {{event::permission_missing, 5s, 0s, 0, 1, ends(cycle_end::login)}});
    play_through(attempts(std::nullopt), {{event::version_gone, 5s, 0s, 0, 1, ends(cycle_end::retired)}});
    play_through(attempts(std::nullopt), {{event::give_up, 5s, 0s, 0, 1, ends(cycle_end::failed)}});
    play_through(attempts(std::nullopt), {{event::older_version, 5s, 0s, 0, 1, {kind::call, 0ms}}});
    play_through(attempts(std::nullopt), {{event::other_host, 5s, 0s, 0, 1, ends(cycle_end::failed)}});
    for (const auto over : {event::left_out, event::stays_out})
        play_through(attempts(std::nullopt), {{over, 5s, 0s, 0, 1, {kind::proceed, 0ms}}});
}

TEST_CASE("attempts: without progress failures are counted, with it they begin again")
{
    play_through(
        attempts(std::nullopt),
        {{event::again, 1s, 0s, 7, 1, {kind::call, 1s}},
         {event::again, 2s, 1s, 7, 2, {kind::call, 2s}},
         {event::again, 1s, 3s, 8, 1, {kind::call, 1s}},
         {event::again, 2s, 4s, 8, 2, {kind::call, 2s}},
         {event::again, 1s, 5s, 2, 1, {kind::call, 1s}}}
    );
}

TEST_CASE("attempts: asking for less waits a second at most, and is counted from one")
{
    play_through(
        attempts(std::nullopt),
        {{event::again, 1s, 0s, 0, 1, {kind::call, 1s}},
         {event::smaller, 40s, 1s, 0, 2, {kind::call, 1s}},
         {event::smaller, 300ms, 2s, 0, 1, {kind::call, 300ms}}}
    );
}

TEST_CASE("attempts: patience is counted from the first failure, over smaller pages too")
{
    play_through(
        attempts(10s),
        {{event::again, 4s, 0s, 0, 1, {kind::call, 4s}},
         {event::smaller, 4s, 4s, 0, 2, {kind::call, 1s}},
         {event::again, 5s, 5s, 0, 1, {kind::call, 5s}},
         {event::again, 1ms, 10s, 0, 2, late}}
    );
}

TEST_CASE("attempts: an attempt that got further has all of the patience again")
{
    play_through(
        attempts(10s),
        {{event::again, 1s, 0s, 0, 1, {kind::call, 1s}},
         {event::again, 1s, 9s, 1, 1, {kind::call, 1s}},
         {event::again, 1s, 18s, 1, 2, {kind::call, 1s}},
         {event::again, 1s, 19s, 1, 3, late}}
    );
}

TEST_CASE("attempts: a single wait beyond the patience is not begun")
{
    play_through(attempts(10s), {{event::again, 11s, 0s, 0, 1, late}});
}

TEST_CASE("attempts: an older version is a new question")
{
    play_through(
        attempts(std::nullopt),
        {{event::again, 1s, 0s, 0, 1, {kind::call, 1s}},
         {event::older_version, 1s, 1s, 0, 2, {kind::call, 0ms}},
         {event::again, 1s, 2s, 0, 1, {kind::call, 1s}}}
    );
}

TEST_CASE("attempts: a smaller page waits as long as was asked for")
{
    attempts tries(std::nullopt);
    tries.failed(0, start);
    CHECK(tries.resume(event::smaller, 6s, start, 6s) == lane_action{kind::call, 6s});
}
