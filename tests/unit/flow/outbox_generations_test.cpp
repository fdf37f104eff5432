#include "flow/outbox.hpp"
#include "support/manual_clock.hpp"
#include "support/run.hpp"

#include <doctest/doctest.h>

namespace asio = boost::asio;
using namespace qdc;

namespace
{

batch named(char name)
{
    return {std::string(10, name), 1};
}

asio::awaitable<void> put(outbox& box, std::string names)
{
    for (const char name : names)
    {
        auto frames = named(name);
        [[maybe_unused]] const auto at = co_await box.push(std::move(frames));
    }
}

asio::awaitable<void> expect(outbox& box, generation on, char name)
{
    const auto* const next = co_await box.next(on);
    const char given = next != nullptr ? next->frames[0] : '|';
    CHECK(given == name);
}

/// A connection writes a batch while the one before it turns out to be lost.
asio::awaitable<void> lost_during_a_write(outbox& box)
{
    co_await put(box, "abc");
    co_await expect(box, 1, 'a');
    box.sent(1);
    co_await expect(box, 2, 'b');
    CHECK(box.lose(1) == 1);
    box.sent(2);  // this was b, whatever is queued again meanwhile
    co_await expect(box, 2, 'a');
    box.sent(2);
    co_await expect(box, 2, 'c');
    CHECK(box.confirmed() == 0);
    box.confirm(2);
    CHECK(box.confirmed() == 2);
    CHECK(box.held_bytes() == 10);
}

asio::awaitable<void> confirmed_during_a_write(outbox& box)
{
    co_await put(box, "abc");
    co_await expect(box, 1, 'a');
    box.sent(1);
    co_await expect(box, 2, 'b');
    box.confirm(1);
    box.sent(2);
    co_await expect(box, 2, 'c');
    box.confirm(2);
    CHECK(box.confirmed() == 2);
}

asio::awaitable<void> write_failed(outbox& box)
{
    co_await put(box, "ab");
    co_await expect(box, 1, 'a');
    box.sent(1);
    co_await expect(box, 1, 'b');
    CHECK(box.lose(1) == 1);
    co_await expect(box, 2, 'a');
}

/// An earlier ticket that is sent again behind a later one has to be confirmed as soon as it was wanted.
asio::awaitable<void> wanted_before_the_loss(outbox& box)
{
    co_await put(box, "a");
    box.want_confirmed();
    co_await expect(box, 1, 'a');
    box.sent(1);
    co_await expect(box, 1, '|');
    co_await put(box, "b");
    co_await expect(box, 2, 'b');
    box.sent(2);
    CHECK(box.lose(1) == 1);
    co_await expect(box, 2, 'a');
    box.sent(2);
    co_await expect(box, 2, '|');
}

void play(asio::awaitable<void> (*body)(outbox&))
{
    asio::io_context io(1);
    test::manual_clock time(io.get_executor());
    outbox box(io.get_executor(), time, 1000);
    test::run(io, body(box));
}

}  // namespace

TEST_CASE("outbox generations: a batch that is being written stays that batch when an earlier connection is lost")
{
    play(lost_during_a_write);
}

TEST_CASE("outbox generations: the same when an earlier connection is confirmed")
{
    play(confirmed_during_a_write);
}

TEST_CASE("outbox generations: a batch whose write failed is still queued")
{
    play(write_failed);
}

TEST_CASE("outbox generations: what was wanted is confirmed soon, also when it is sent again behind something newer")
{
    play(wanted_before_the_loss);
}
