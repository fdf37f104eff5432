#include "flow/outbox.hpp"
#include "flow/task_group.hpp"
#include "support/manual_clock.hpp"
#include "support/run.hpp"

#include <doctest/doctest.h>

namespace asio = boost::asio;
using namespace qdc;
using namespace std::chrono_literals;

namespace
{

/// A batch of one event and ten bytes, named by a letter.
batch named(char name)
{
    return {std::string(10, name), 1};
}

asio::awaitable<void> put(outbox& box, std::string names, std::string& accepted)
{
    for (const char name : names)
    {
        auto frames = named(name);
        [[maybe_unused]] const auto at = co_await box.push(std::move(frames));
        accepted += name;
    }
}

/// What a connection is given until it has to end ('|') or, for `most` batches, as long as there is work at once.
asio::awaitable<void> carry(outbox& box, generation on, std::size_t most, std::string& seen)
{
    for (std::size_t i = 0; i < most; ++i)
    {
        const auto* const next = co_await box.next(on);
        seen += next != nullptr ? next->frames[0] : '|';
        if (next == nullptr)
            co_return;
        box.sent(on);
    }
}

/// A batch that lies in the room which it was given.
batch in_room(outbox& box)
{
    auto frames = box.room();
    frames += 'x';
    return {std::move(frames), 1};
}

struct scene
{
    asio::any_io_executor ex;
    test::manual_clock time{ex};
    outbox box{ex, time, 100};
    task_group group{ex};
    std::string accepted;
    std::string seen;

    explicit scene(asio::any_io_executor on) : ex(std::move(on)) {}
};

template <class Body>
void play(Body body)
{
    asio::io_context io(1);
    scene it(io.get_executor());
    test::run(io, body(it));
}

asio::awaitable<void> back_pressure(scene& it)
{
    it.group.spawn("producer", put(it.box, "abcdefghijkl", it.accepted));
    co_await test::turn();
    CHECK(it.accepted == "abcdefghij");
    CHECK(it.box.held_bytes() == 100);
    CHECK(it.box.pushed() == 10);
    it.group.spawn("writer", carry(it.box, 1, 2, it.seen));
    co_await test::turn();
    CHECK(it.accepted.size() == 10);  // sent is not confirmed
    it.box.confirm(1);
    co_await test::turn();
    CHECK(it.accepted == "abcdefghijkl");
    CHECK(it.box.confirmed() == 2);
    CHECK(it.box.held_bytes() == 100);
    it.group.stop();
    co_await it.group.join();
}

asio::awaitable<void> large_batch(scene& it)
{
    batch large{std::string(1000, 'x'), 1};
    const auto at = co_await it.box.push(std::move(large));
    CHECK(at == 1);
    it.group.spawn("producer", put(it.box, "a", it.accepted));
    co_await carry(it.box, 1, 2, it.seen);
    CHECK(it.seen == "x|");
    it.box.confirm(1);
    co_await it.group.join();
    CHECK(it.accepted == "a");
}

asio::awaitable<void> stop_while_waiting(scene& it)
{
    it.group.spawn("producer", put(it.box, "abcdefghijkl", it.accepted));
    co_await test::turn();
    it.group.stop();
    co_await it.group.join();
    CHECK(it.box.pushed() == 10);
    // Nobody waits for room any more, so that is no reason to end a connection.
    co_await carry(it.box, 1, 4, it.seen);
    CHECK(it.seen == "abcd");
    task_group writers(it.ex);
    writers.spawn("writer", carry(it.box, 1, 9, it.seen));
    co_await test::turn();
    writers.stop();
    co_await writers.join();
    CHECK(it.seen == "abcde|");
}

asio::awaitable<void> room_serves_again(scene& it)
{
    auto first = in_room(it.box);
    auto second = in_room(it.box);
    const void* const memory = first.frames.data();
    [[maybe_unused]] const auto one = co_await it.box.push(std::move(first));
    co_await carry(it.box, 1, 1, it.seen);
    [[maybe_unused]] const auto two = co_await it.box.push(std::move(second));
    it.box.confirm(1);
    const auto again = it.box.room();
    CHECK(again.data() == memory);
    CHECK(again.empty());
    CHECK(again.capacity() == batch_room);
    CHECK(it.box.room().data() != memory);
}

asio::awaitable<void> odd_room_is_not_kept(scene& it)
{
    batch odd{std::string(batch_room + 1, 'x'), 1};
    [[maybe_unused]] const auto one = co_await it.box.push(std::move(odd));
    it.group.spawn("producer", put(it.box, "a", it.accepted));
    co_await carry(it.box, 1, 2, it.seen);
    it.box.confirm(1);
    CHECK(it.box.room().capacity() == batch_room);
    co_await it.group.join();
}

asio::awaitable<void> cut_when_wanted(scene& it)
{
    co_await put(it.box, "ab", it.accepted);
    it.group.spawn("writer", carry(it.box, 1, 9, it.seen));
    co_await test::turn();
    CHECK(it.seen == "ab");  // nobody waits: the connection stays
    it.box.want_confirmed();
    co_await it.group.join();
    CHECK(it.seen == "ab|");
}

asio::awaitable<void> nothing_carried(scene& it)
{
    it.box.want_confirmed();
    it.group.spawn("writer", carry(it.box, 1, 9, it.seen));
    co_await test::turn();
    CHECK(it.seen.empty());  // there is nothing to confirm
    co_await put(it.box, "a", it.accepted);
    co_await test::turn();
    CHECK(it.seen == "a");  // and this was not asked for
    it.group.stop();
    co_await it.group.join();
}

asio::awaitable<void> wanted_empties_the_queue_first(scene& it)
{
    co_await put(it.box, "abc", it.accepted);
    it.box.want_confirmed();
    co_await carry(it.box, 1, 9, it.seen);
    CHECK(it.seen == "abc|");
}

asio::awaitable<void> cut_at_half(scene& it)
{
    co_await put(it.box, "abcdefgh", it.accepted);
    co_await carry(it.box, 1, 9, it.seen);
    CHECK(it.seen == "abcde|");
    co_await carry(it.box, 2, 3, it.seen);  // the other half goes on while the first is being confirmed
    CHECK(it.seen == "abcde|fgh");
}

asio::awaitable<void> cut_when_crowded(scene& it)
{
    batch large{std::string(70, 'L'), 1};
    [[maybe_unused]] const auto first = co_await it.box.push(std::move(large));
    co_await put(it.box, "abc", it.accepted);
    co_await carry(it.box, 1, 2, it.seen);
    CHECK(it.seen == "L|");
    it.group.spawn("writer", carry(it.box, 2, 9, it.seen));
    co_await test::turn();
    CHECK(it.seen == "L|abc");
    it.group.spawn("producer", put(it.box, "d", it.accepted));
    co_await test::turn();
    CHECK(it.seen == "L|abc|");
    it.box.confirm(1);
    co_await it.group.join();
}

asio::awaitable<void> load_bounds_what_is_under_way(scene& it)
{
    it.box.set_load(40);
    co_await put(it.box, "abcdefghij", it.accepted);
    co_await carry(it.box, 1, 9, it.seen);
    CHECK(it.seen == "ab|");  // half of the load
    it.group.spawn("writer", carry(it.box, 2, 9, it.seen));
    co_await test::turn();
    CHECK(it.seen == "ab|cd|");
    it.group.spawn("third", carry(it.box, 3, 9, it.seen));
    co_await test::turn();
    CHECK(it.seen == "ab|cd|");  // all of it is under way
    it.box.confirm(1);
    co_await test::turn();
    CHECK(it.seen == "ab|cd|ef|");
    CHECK(it.box.lose(2) == 2);
    it.group.spawn("fourth", carry(it.box, 4, 9, it.seen));
    co_await test::turn();
    CHECK(it.seen == "ab|cd|ef|cd|");
    co_await it.group.join();
}

/// With nothing under way a batch goes out, however small the load.
asio::awaitable<void> small_load(scene& it)
{
    it.box.set_load(5);
    co_await put(it.box, "ab", it.accepted);
    co_await carry(it.box, 1, 9, it.seen);
    CHECK(it.seen == "a|");
    it.group.spawn("writer", carry(it.box, 2, 9, it.seen));
    co_await test::turn();
    CHECK(it.seen == "a|");
    it.box.set_load(100);
    co_await test::turn();
    CHECK(it.seen == "a|b");
    it.group.stop();
    co_await it.group.join();
}

asio::awaitable<void> watch(outbox& box, ticket seen, ticket& reached)
{
    reached = co_await box.confirmed_beyond(seen);
}

asio::awaitable<void> confirmed_in_any_order(scene& it)
{
    co_await put(it.box, "abcd", it.accepted);
    co_await carry(it.box, 1, 2, it.seen);
    co_await carry(it.box, 2, 2, it.seen);
    ticket one = 0, three = 0;
    it.group.spawn("one", watch(it.box, 0, one));
    it.group.spawn("three", watch(it.box, 2, three));
    it.box.confirm(2);
    co_await test::turn();
    CHECK(it.box.confirmed() == 0);  // the first two are still under way
    CHECK(it.box.held_bytes() == 20);
    CHECK(one == 0);
    it.box.confirm(1);
    co_await it.group.join();
    CHECK(one == 4);
    CHECK(three == 4);
    CHECK_FALSE(it.box.oldest());
}

asio::awaitable<void> lost_is_sent_again(scene& it)
{
    co_await put(it.box, "abcde", it.accepted);
    co_await carry(it.box, 1, 3, it.seen);
    CHECK(it.box.lose(1) == 3);
    CHECK(it.box.lose(1) == 0);
    CHECK(it.box.held_bytes() == 50);
    co_await carry(it.box, 2, 5, it.seen);
    CHECK(it.seen == "abcabcde");
    it.box.confirm(1);  // too late: it is none of its any more
    CHECK(it.box.confirmed() == 0);
    it.box.confirm(2);
    CHECK(it.box.confirmed() == 5);
}

}  // namespace

TEST_CASE("outbox: a producer waits while the byte limit is reached, until something is confirmed")
{
    play(back_pressure);
}

TEST_CASE("outbox: a batch above the limit is taken alone")
{
    play(large_batch);
}

TEST_CASE("outbox: a producer that is stopped while it waits leaves nothing behind")
{
    play(stop_while_waiting);
}

TEST_CASE("outbox: a connection ends when a confirmation is wanted, not by itself")
{
    play(cut_when_wanted);
}

TEST_CASE("outbox: the room of a confirmed batch serves the next one")
{
    play(room_serves_again);
}

TEST_CASE("outbox: memory of another size than a batch has is not kept")
{
    play(odd_room_is_not_kept);
}

TEST_CASE("outbox: a connection that carried nothing is not ended")
{
    play(nothing_carried);
}

TEST_CASE("outbox: what is queued goes out before a wanted confirmation")
{
    play(wanted_empties_the_queue_first);
}

TEST_CASE("outbox: a connection ends when it carried half of the limit")
{
    play(cut_at_half);
}

TEST_CASE("outbox: a connection ends when somebody waits for room")
{
    play(cut_when_crowded);
}

TEST_CASE("outbox: connections may be confirmed in any order, tickets only count in theirs")
{
    play(confirmed_in_any_order);
}

TEST_CASE("outbox: what a lost connection carried is sent again, in its old order")
{
    play(lost_is_sent_again);
}

TEST_CASE("outbox: what is under way on all connections stays within the load, each carries half of it")
{
    play(load_bounds_what_is_under_way);
}

TEST_CASE("outbox: a batch that is larger than the load goes alone")
{
    play(small_load);
}
