#include "flow/fan_out.hpp"
#include "flow/task_group.hpp"
#include "support/fake_sink.hpp"
#include "support/run.hpp"

#include <doctest/doctest.h>

#include <map>

namespace asio = boost::asio;
using namespace qdc;
using test::fake_sink;
using test::turn;

namespace
{

struct scene
{
    explicit scene(asio::any_io_executor on) : ex(std::move(on)) {}

    asio::any_io_executor ex;
    fake_sink first{ex};
    fake_sink second{ex};
    fan_out both{ex, {&first, &second}};
    task_group group{ex};
    std::map<std::string, ticket> tickets;  ///< by the text of the batch
};

asio::awaitable<void> put(scene& it, char name, int count)
{
    for (int i = 0; i < count; ++i)
    {
        const auto text = std::string(1, name) + std::to_string(i);
        batch frames{text, 1};
        const auto at = co_await it.both.push(std::move(frames));
        it.tickets[text] = at;
    }
}

asio::awaitable<void> reach(scene& it, ticket seen, ticket& reached)
{
    reached = co_await it.both.confirmed_beyond(seen);
}

asio::awaitable<void> everywhere(scene& it)
{
    co_await put(it, 'a', 2);
    CHECK(it.first.text() == "a0a1");
    CHECK(it.second.text() == "a0a1");
    CHECK(it.first.events() == 2);
    CHECK(it.both.pushed() == 2);
    it.both.want_confirmed();
    CHECK(it.first.wanted == 1);
    CHECK(it.second.wanted == 1);
}

asio::awaitable<void> confirmed_by_all(scene& it)
{
    co_await put(it, 'a', 3);
    ticket reached = 0;
    it.group.spawn("reach", reach(it, 1, reached));
    it.second.confirm(3);
    co_await turn();
    CHECK(it.both.confirmed() == 0);
    CHECK(reached == 0);
    it.first.confirm(1);
    co_await turn();
    CHECK(it.both.confirmed() == 1);
    CHECK(reached == 0);
    it.first.confirm(2);
    co_await it.group.join();
    CHECK(reached == 2);
}

asio::awaitable<void> two_producers(scene& it)
{
    it.second.full = true;
    it.group.spawn("a", put(it, 'a', 5));
    it.group.spawn("b", put(it, 'b', 5));
    for (int i = 0; i < 10; ++i)
    {
        co_await turn();
        CHECK(it.second.batches.size() == static_cast<std::size_t>(i));
        it.second.let_one_in();
    }
    co_await it.group.join();
    CHECK(it.first.text() == it.second.text());
    CHECK(it.tickets.size() == 10);
    for (const auto& [text, at] : it.tickets)
        CHECK(it.first.batches.at(at - 1).frames == text);
}

asio::awaitable<void> stopped(scene& it)
{
    it.second.full = true;
    it.group.spawn("a", put(it, 'a', 5));
    it.group.spawn("b", put(it, 'b', 5));
    co_await turn();
    it.group.stop();
    co_await it.group.join();
    CHECK(it.tickets.empty());
    CHECK(it.both.confirmed() == 0);
}

void play(asio::awaitable<void> (*body)(scene&))
{
    asio::io_context io(1);
    scene it(io.get_executor());
    test::run(io, body(it));
}

}  // namespace

TEST_CASE("fan out: every batch goes to every sink, in the same order, and so does the wish for a confirmation")
{
    play(everywhere);
}

TEST_CASE("fan out: a batch is confirmed when all have confirmed it")
{
    play(confirmed_by_all);
}

TEST_CASE("fan out: two producers and a slow sink: a ticket means the same batch everywhere")
{
    play(two_producers);
}

TEST_CASE("fan out: a stop ends producers that wait for a full sink and for each other")
{
    play(stopped);
}
