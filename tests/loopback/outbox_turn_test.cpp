#include "flow/outbox.hpp"
#include "support/manual_clock.hpp"
#include "support/run.hpp"

#include <doctest/doctest.h>

using namespace qdc;
namespace asio = boost::asio;

namespace
{

asio::awaitable<void> push(outbox& box, std::string text)
{
    batch one;
    one.frames = std::move(text);
    one.events = 1;
    [[maybe_unused]] const auto at = co_await box.push(std::move(one));
}

/// While the second connection writes one batch, the first is lost and its batch comes back.
asio::awaitable<void> loses_while_another_writes(asio::io_context& io)
{
    test::manual_clock time(io.get_executor());
    outbox box(io.get_executor(), time, 1000);
    co_await push(box, "a\n");
    [[maybe_unused]] const auto* const first = co_await box.next(1);
    box.sent(1);
    co_await push(box, "b\n");
    const auto* const second = co_await box.next(2);
    REQUIRE(second->frames == "b\n");
    CHECK(box.lose(1) == 1);
    box.sent(2);  // "b" is in the socket, not "a"

    const auto* const again = co_await box.next(2);
    REQUIRE(again != nullptr);
    CHECK(again->frames == "a\n");
    box.sent(2);
    box.confirm(2);
    CHECK(box.confirmed() == 2);
}

/// The same, and the second connection is lost as well before its write is done.
asio::awaitable<void> loses_both(asio::io_context& io)
{
    test::manual_clock time(io.get_executor());
    outbox box(io.get_executor(), time, 1000);
    co_await push(box, "a\n");
    [[maybe_unused]] const auto* const first = co_await box.next(1);
    box.sent(1);
    co_await push(box, "b\n");
    [[maybe_unused]] const auto* const second = co_await box.next(2);
    CHECK(box.lose(1) == 1);
    CHECK(box.lose(2) == 0);
    std::string order;
    for (int i = 0; i < 2; ++i)
    {
        const auto* const again = co_await box.next(3);
        REQUIRE(again != nullptr);
        order += again->frames;
        box.sent(3);
    }
    CHECK(order == "a\nb\n");
}

/// The batch that came back is older than what its new connection carried first, and somebody waits for it.
asio::awaitable<void> waits_for_the_older_one(asio::io_context& io)
{
    test::manual_clock time(io.get_executor());
    outbox box(io.get_executor(), time, 1000);
    co_await push(box, "a\n");
    box.want_confirmed();
    [[maybe_unused]] const auto* const first = co_await box.next(1);
    box.sent(1);
    co_await push(box, "b\n");
    [[maybe_unused]] const auto* const second = co_await box.next(2);
    box.sent(2);
    CHECK(box.lose(1) == 1);
    const auto* const again = co_await box.next(2);
    REQUIRE(again != nullptr);
    box.sent(2);
    const auto* const cut = co_await box.next(2);
    CHECK(cut == nullptr);
}

/// A confirmation that comes while the next connection writes moves all positions.
asio::awaitable<void> confirms_while_another_writes(asio::io_context& io)
{
    test::manual_clock time(io.get_executor());
    outbox box(io.get_executor(), time, 1000);
    co_await push(box, "a\n");
    [[maybe_unused]] const auto* const first = co_await box.next(1);
    box.sent(1);
    co_await push(box, "b\n");
    co_await push(box, "c\n");
    [[maybe_unused]] const auto* const second = co_await box.next(2);
    box.confirm(1);
    box.sent(2);
    const auto* const third = co_await box.next(2);
    REQUIRE(third != nullptr);
    CHECK(third->frames == "c\n");
    CHECK(box.confirmed() == 1);
}

}  // namespace

TEST_CASE("outbox: sent() means the batch of the last next(), also when an older one has come back meanwhile")
{
    asio::io_context io(1);
    test::run(io, loses_while_another_writes(io));
}

TEST_CASE("outbox: a batch in the hands of a lost connection comes again in its old order")
{
    asio::io_context io(1);
    test::run(io, loses_both(io));
}

TEST_CASE("outbox: a batch that came back and is waited for is confirmed soon")
{
    asio::io_context io(1);
    test::run(io, waits_for_the_older_one(io));
}

TEST_CASE("outbox: a confirmation while another connection writes leaves its place alone")
{
    asio::io_context io(1);
    test::run(io, confirms_while_another_writes(io));
}
