#include "collect/checkpoint.hpp"
#include "flow/task_group.hpp"
#include "scene.hpp"

#include <doctest/doctest.h>

namespace asio = boost::asio;
using namespace qdc;
using namespace qdc::test;
using namespace std::chrono_literals;

namespace
{

using strings = std::vector<std::string>;

/// A checkpoint that is being followed.
struct following
{
    explicit following(collect_scene& scene)
        : saved(scene.ex, scene.store, scene.key, scene.sink, scene.time, scene.log, scene.report),
          group(scene.ex)
    {
        group.spawn("follow", saved.follow());
    }

    asio::awaitable<void> settle()
    {
        settled_with.reset();
        const auto failure = co_await saved.settled();
        settled_with = failure;
    }

    asio::awaitable<void> stop()
    {
        group.stop();
        co_await group.join();
    }

    collect::checkpoint saved;
    task_group group;
    std::optional<error_code> settled_with;
};

asio::awaitable<void> only_confirmed(collect_scene& scene)
{
    following it(scene);
    it.saved.note(1, {"one"});
    it.saved.note(3, {"three"});
    it.saved.note(5, {"five"});
    co_await turn();
    CHECK(scene.store.saved.empty());
    scene.sink.confirm(1);
    co_await turn();
    CHECK(scene.store.saved == strings{"one"});
    scene.sink.confirm(2);
    co_await turn();
    CHECK(scene.store.saved.size() == 1);
    scene.sink.confirm(9);
    co_await turn();
    CHECK(scene.store.saved == strings{"one", "five"});  // what is overtaken is not worth a write
    co_await it.stop();
}

asio::awaitable<void> long_wait(collect_scene& scene)
{
    following it(scene);
    for (ticket at = 1; at <= 1000; ++at)
        it.saved.note(at, {std::to_string(at), 1});
    co_await turn();
    scene.sink.confirm(1);
    co_await turn();
    CHECK(scene.store.saved.empty());  // its note is part of a later one now
    scene.sink.confirm(990);
    co_await turn();
    REQUIRE(scene.store.saved.size() == 1);
    const auto state = std::stoul(scene.store.saved.front());
    CHECK(state <= 990);
    CHECK(state > 900);
    CHECK(scene.report.events_confirmed == state);
    scene.sink.confirm(1000);
    co_await turn();
    CHECK(scene.store.saved.back() == "1000");
    CHECK(scene.report.events_confirmed == 1000);
    co_await it.stop();
}

asio::awaitable<void> same_state(collect_scene& scene)
{
    following it(scene);
    it.saved.note(1, {"one"});
    it.saved.note(2, {"one"});
    scene.sink.confirm(1);
    co_await turn();
    it.saved.note(3, {"one"});
    scene.sink.confirm(3);
    co_await turn();
    CHECK(scene.store.saved == strings{"one"});
    co_await it.settle();
    CHECK_FALSE(*it.settled_with);
    co_await it.stop();
}

asio::awaitable<void> nothing_pushed(collect_scene& scene)
{
    following it(scene);
    it.saved.note(0, {"empty window"});
    co_await it.settle();
    CHECK_FALSE(*it.settled_with);
    CHECK(scene.store.saved == strings{"empty window"});
    co_await it.stop();
}

asio::awaitable<void> back_again(collect_scene& scene)
{
    following it(scene);
    it.saved.note(0, {"one"});
    co_await it.settle();
    scene.store.hold(true);
    it.saved.note(0, {"two"});
    co_await turn();
    it.saved.note(0, {"one"});  // while two is being written
    scene.store.hold(false);
    co_await it.settle();
    CHECK(scene.store.newest() == "one");
    co_await it.stop();
}

asio::awaitable<void> settled_waits_for_disk(collect_scene& scene)
{
    following it(scene);
    scene.store.hold(true);
    it.saved.note(0, {"one"});
    co_await turn();
    CHECK(scene.store.attempts == 1);
    it.group.spawn("settle", it.settle());
    co_await turn();
    CHECK_FALSE(it.settled_with);  // begun is not saved
    scene.store.failures = 1;
    scene.store.hold(false);
    co_await turn();
    REQUIRE(it.settled_with);
    CHECK(*it.settled_with == boost::system::errc::no_space_on_device);
    co_await it.stop();
}

asio::awaitable<void> still_failing(collect_scene& scene)
{
    following it(scene);
    scene.store.failures = 2;
    it.saved.note(0, {"one"});
    co_await it.settle();
    CHECK(*it.settled_with);
    it.group.spawn("settle", it.settle());
    co_await turn();
    CHECK_FALSE(it.settled_with);  // an earlier failure is no news, and nothing is saved yet
    scene.time.advance(1min);
    co_await turn();
    REQUIRE(it.settled_with);
    CHECK(*it.settled_with == boost::system::errc::no_space_on_device);
    co_await it.stop();
}

asio::awaitable<void> full_disk(collect_scene& scene)
{
    following it(scene);
    scene.store.failures = 3;
    it.saved.note(1, {"one"});
    it.saved.note(2, {"two"});
    scene.sink.confirm(1);
    co_await turn();
    CHECK(scene.store.attempts == 1);
    CHECK(scene.records.records.size() == 1);
    CHECK(scene.records.records.front().level == log_level::error);
    CHECK(
        scene.records.count("The checkpoint of host_list_detection could not be saved: No space left on device") == 1
    );
    CHECK(scene.records.count("tried again in 1 s") == 1);
    scene.time.advance(700ms);
    co_await turn();
    CHECK(scene.store.attempts == 1);
    scene.sink.confirm(2);
    scene.time.advance(100ms);
    co_await turn();
    CHECK(scene.store.attempts == 2);
    scene.time.advance(1h);
    co_await turn();
    scene.time.advance(1h);
    co_await turn();
    CHECK(scene.store.attempts == 4);
    CHECK(scene.store.saved == strings{"two"});  // the newest that is confirmed by then
    co_await it.settle();
    CHECK_FALSE(*it.settled_with);
    co_await it.stop();
}

asio::awaitable<void> settled_waits_for_confirmation(collect_scene& scene)
{
    following it(scene);
    it.saved.note(1, {"one"});
    it.group.spawn("settle", it.settle());
    co_await turn();
    CHECK_FALSE(it.settled_with);
    scene.sink.confirm(1);
    co_await turn();
    REQUIRE(it.settled_with);
    CHECK_FALSE(*it.settled_with);
    co_await it.stop();
}

asio::awaitable<void> noted_late(collect_scene& scene)
{
    following it(scene);
    it.saved.note(2, {"second alone"});
    it.saved.note(1, {"both"});
    scene.sink.confirm(1);
    co_await turn();
    CHECK(scene.store.saved.empty());
    scene.sink.confirm(2);
    co_await turn();
    CHECK(scene.store.saved == strings{"both"});
    co_await it.stop();
}

asio::awaitable<void> noted_while_settling(collect_scene& scene)
{
    following it(scene);
    it.saved.note(1, {"one"});
    it.group.spawn("settle", it.settle());
    co_await turn();
    it.saved.note(2, {"two"});
    scene.sink.confirm(2);
    co_await turn();
    REQUIRE(it.settled_with);
    CHECK(scene.store.saved == strings{"two"});
    co_await it.stop();
}

asio::awaitable<void> good_cycles(collect_scene& scene)
{
    following it(scene);
    it.saved.note(1, {"one", 5});
    it.saved.note_success();
    CHECK(scene.report.unconfirmed_events == 5);
    scene.time.advance(30s);
    co_await turn();
    CHECK_FALSE(scene.store.saved_success);
    scene.sink.confirm(1);
    co_await turn();
    CHECK(scene.store.saved == strings{"one"});
    CHECK(scene.store.saved_success == noon + 30s);
    CHECK(scene.report.unconfirmed_events == 0);
    scene.time.advance(60s);
    it.saved.note(1, {"one"});  // a cycle without anything new
    it.saved.note_success();
    co_await it.settle();
    co_await turn();
    CHECK(scene.store.saved == strings{"one", "one"});
    CHECK(scene.store.saved_success == noon + 90s);
    co_await it.stop();
}

asio::awaitable<void> success_on_a_full_disk(collect_scene& scene)
{
    following it(scene);
    scene.store.failures = 1;
    it.saved.note(0, {"one"});
    it.saved.note_success();
    co_await it.settle();
    CHECK(scene.report.save_failure == "No space left on device");
    it.saved.note(0, {"two"});
    scene.time.advance(2s);
    co_await turn();
    CHECK(scene.store.saved == strings{"two"});
    CHECK(scene.store.saved_success == noon + 2s);
    CHECK(scene.report.save_failure.empty());
    co_await it.stop();
}

}  // namespace

TEST_CASE("checkpoint: the end of a good cycle is saved once it is confirmed, though the state be the same")
{
    play(good_cycles);
}

TEST_CASE("checkpoint: what cannot be saved stands in the report until it can, and the success is not forgotten")
{
    play(success_on_a_full_disk);
}

TEST_CASE("checkpoint: only what is confirmed is saved, and only the newest of it")
{
    play(only_confirmed);
}

TEST_CASE("checkpoint: of many states that wait for a confirmation few are kept, and none is saved too early")
{
    play(long_wait);
}

TEST_CASE("checkpoint: a state that is saved already is not written again")
{
    play(same_state);
}

TEST_CASE("checkpoint: without events there is nothing to wait for")
{
    play(nothing_pushed);
}

TEST_CASE("checkpoint: a state that returns while another is being written is saved after it")
{
    play(back_again);
}

TEST_CASE("checkpoint: settled means saved, not begun")
{
    play(settled_waits_for_disk);
}

TEST_CASE("checkpoint: a store that goes on failing is never settled")
{
    play(still_failing);
}

TEST_CASE("checkpoint: a full disk is told, tried again with growing pauses, and loses nothing")
{
    play(full_disk);
}

TEST_CASE("checkpoint: what is noted meanwhile has to be saved, too")
{
    play(noted_while_settling);
}

TEST_CASE("checkpoint: settled waits for the confirmation")
{
    play(settled_waits_for_confirmation);
}

TEST_CASE("checkpoint: a state counts what was noted before it, so it waits for the later of their tickets")
{
    play(noted_late);
}
