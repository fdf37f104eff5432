#include "collect/checkpoint.hpp"
#include "flow/task_group.hpp"
#include "scene.hpp"
#include "store/environment.hpp"
#include "store/table_in_front.hpp"

#include <doctest/doctest.h>

namespace asio = boost::asio;
using namespace qdc;
using namespace qdc::test;
using namespace std::chrono_literals;

namespace
{

using strings = std::vector<std::string>;

/// A table in memory that says what is saved of it, and when.
class seen_table final : public store::table_in_front
{
public:
    explicit seen_table(strings& events) : table_in_front(store::make_memory_table()), events_(events) {}

    int failures{0};
    std::size_t waiting{0};

    asio::awaitable<error_code> save(std::uint64_t generation) override
    {
        if (failures > 0)
        {
            --failures;
            co_return make_error_code(boost::system::errc::no_space_on_device);
        }
        events_.push_back("table " + std::to_string(generation));
        waiting = 0;
        const auto failure = co_await inner_->save(generation);
        co_return failure;
    }

    std::size_t waiting_bytes() const override { return waiting; }

private:
    strings& events_;
};

/// A checkpoint with a table, that is being followed.
struct following
{
    explicit following(collect_scene& scene)
        : table(events),
          saved(scene.ex, scene.store, scene.key, scene.sink, scene.time, scene.log, scene.report, &table),
          group(scene.ex)
    {
        group.spawn("follow", saved.follow());
    }

    /// Puts something, and notes a state that names the generation.
    void note(ticket at)
    {
        table.put(at, "value");
        saved.note(at, {"state " + std::to_string(table.generation())});
    }

    asio::awaitable<void> space()
    {
        co_await saved.table_space();
        events.push_back("space");
    }

    asio::awaitable<void> stop()
    {
        group.stop();
        co_await group.join();
    }

    strings events;
    seen_table table;
    collect::checkpoint saved;
    task_group group;
};

asio::awaitable<void> only_what_is_confirmed(collect_scene& scene)
{
    following it(scene);
    it.note(1);
    it.note(2);
    it.note(3);
    scene.sink.confirm(2);
    co_await turn();
    CHECK(it.events == strings{"table 2"});
    CHECK(scene.store.saved == strings{"state 2"});
    scene.sink.confirm(3);
    co_await turn();
    CHECK(it.events == strings{"table 2", "table 3"});
    CHECK(scene.store.saved == strings{"state 2", "state 3"});
    co_await it.stop();
}

asio::awaitable<void> table_first(collect_scene& scene)
{
    following it(scene);
    it.table.failures = 1;
    it.note(1);
    scene.sink.confirm(1);
    co_await turn();
    CHECK(scene.store.attempts == 0);  // a state must not name what is not durable
    CHECK(scene.report.save_failure == "No space left on device");
    scene.time.advance(1h);
    co_await turn();
    CHECK(it.events == strings{"table 1"});
    CHECK(scene.store.saved == strings{"state 1"});
    co_await it.stop();
}

asio::awaitable<void> state_fails(collect_scene& scene)
{
    following it(scene);
    scene.store.failures = 1;
    it.note(1);
    scene.sink.confirm(1);
    co_await turn();
    CHECK(it.events == strings{"table 1"});
    CHECK(scene.store.saved.empty());  // the table may be ahead: its events are confirmed
    scene.time.advance(1h);
    co_await turn();
    CHECK(scene.store.saved == strings{"state 1"});
    co_await it.stop();
}

asio::awaitable<void> joined_notes(collect_scene& scene)
{
    following it(scene);
    for (ticket at = 1; at <= 500; ++at)
        it.note(at);
    for (const ticket at : {ticket{490}, ticket{500}})
    {
        scene.sink.confirm(at);
        co_await turn();
        REQUIRE_FALSE(scene.store.saved.empty());
        CHECK("table" + scene.store.newest().substr(5) == it.events.back());
        CHECK(std::stoul(it.events.back().substr(6)) <= at);
    }
    CHECK(it.events.back() == "table 500");
    co_await it.stop();
}

asio::awaitable<void> too_much_waits(collect_scene& scene)
{
    following it(scene);
    it.table.waiting = 100u << 20;
    it.note(1);
    it.group.spawn("space", it.space());
    co_await turn();
    CHECK(it.events.empty());
    scene.sink.confirm(1);
    co_await turn();
    CHECK(it.events == strings{"table 1", "space"});
    co_await it.stop();
}

}  // namespace

TEST_CASE("checkpoint: of a table just what is confirmed is saved, with the state that names it")
{
    play(only_what_is_confirmed);
}

TEST_CASE("checkpoint: a state is not written before its table")
{
    play(table_first);
}

TEST_CASE("checkpoint: a table that is saved without its state is saved with a later one")
{
    play(state_fails);
}

TEST_CASE("checkpoint: notes that are joined keep state and table together")
{
    play(joined_notes);
}

TEST_CASE("checkpoint: whoever puts waits while too much of the table waits to be saved")
{
    play(too_much_waits);
}
