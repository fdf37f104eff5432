#include "net/sender.hpp"

#include "flow/backoff.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include <fmt/format.h>

#include <array>
#include <utility>

namespace qdc::net
{

namespace asio = boost::asio;
using namespace std::chrono_literals;

/// One connection, from its first byte to its confirmation or loss.
struct sender::stream
{
    std::unique_ptr<connection> bytes;
    generation number{0};
    bool sending{true};  ///< may still take batches
    bool ending{false};  ///< our end is on its way
    bool peer_ended{false};
    bool waiting{false};  ///< only the peer's end is missing
};

namespace
{

[[noreturn]] void fail(error_code why)
{
    throw boost::system::system_error(why);
}

/// Nobody talks back on this connection: the only thing to read is its end.
asio::awaitable<void> read_to_end(connection& bytes)
{
    std::array<char, 512> ignored{};
    for (;;)
    {
        const auto read = co_await bytes.read_some(ignored, connection::forever);
        if (!read)
            fail(read.error());
        if (*read == 0)
            co_return;
    }
}

}  // namespace

sender::sender(
    asio::any_io_executor ex,
    outbox& box,
    time_source& time,
    log_origin log,
    sender_options options,
    std::function<double()> jitter
)
    : box_(box),
      time_(time),
      log_(std::move(log)),
      options_(std::move(options)),
      jitter_(std::move(jitter)),
      streams_(ex),
      moved_(ex)
{
}

asio::awaitable<void> sender::run()
{
    streams_.spawn("connections", connections());
    streams_.spawn("age", confirm_by_age());
    co_await streams_.join();
}

/// Keeps one connection sending. A second one may be waiting for its confirmation meanwhile; a third would only add to
/// what is at stake.
asio::awaitable<void> sender::connections()
{
    for (;;)
    {
        co_await box_.wait_for_work();
        while (open_ >= 2)
            co_await moved_.wait();
        auto bytes = co_await connect();
        const auto carrier = std::make_shared<stream>();
        carrier->bytes = std::move(bytes);
        carrier->number = ++newest_;
        ++open_;
        streams_.spawn("stream", carry(carrier));
        while (carrier->sending)
            co_await moved_.wait();
    }
}

/// Tries until it works.
asio::awaitable<std::unique_ptr<connection>> sender::connect()
{
    for (;;)
    {
        if (failures_ != 0)
            co_await time_.sleep_for(backoff_delay(failures_, 1s, 60s, jitter_()));
        auto dialled = co_await dial(options_.to, options_.tls, options_.connect_timeout);
        if (dialled)
        {
            ++counts_.connections;
            counts_.connected = true;
            co_return std::move(*dialled);
        }
        ++failures_;
        ++counts_.failures;
        counts_.connected = false;
        log_.warning(fmt::format(
            "No connection to {}: {}. Events wait ({} bytes), nothing is lost; trying again within {} s",
            options_.to.text(),
            dialled.error().message(),
            box_.held_bytes(),
            std::chrono::ceil<std::chrono::seconds>(backoff_delay(failures_, 1s, 60s, 1.0)).count()
        ));
    }
}

asio::awaitable<void> sender::carry(std::shared_ptr<stream> carrier)
{
    const auto ex = co_await asio::this_coro::executor;
    error_code failure;
    try
    {
        task_group parts(ex);
        parts.spawn("watch", watch(*carrier, parts));
        parts.spawn("pump", pump(*carrier));
        co_await parts.join();
    }
    catch (const boost::system::system_error& e)
    {
        if (e.code() == asio::error::operation_aborted)
            throw;
        failure = e.code();
    }
    if (!failure)
        failure = co_await all_acknowledged(*carrier->bytes);
    if (failure)
        lost(*carrier, failure);
    else
        confirmed(*carrier);
    --open_;
    moved_.notify_all();
}

/// Sees the peer's end at once, not at the next write.
asio::awaitable<void> sender::watch(stream& carrier, task_group& parts)
{
    co_await read_to_end(*carrier.bytes);
    if (!carrier.ending)
        fail(asio::error::eof);
    carrier.peer_ended = true;
    if (carrier.waiting)
        parts.stop();
}

/// Sends until the outbox wants a confirmation, then ends the stream in order.
asio::awaitable<void> sender::pump(stream& carrier)
{
    auto& bytes = *carrier.bytes;
    for (;;)
    {
        const auto* const next = co_await box_.next(carrier.number);
        if (next == nullptr && options_.confirm == confirmed_by::end_of_stream)
            break;
        if (next == nullptr)
        {
            const auto failure = co_await all_acknowledged(bytes);
            if (failure)
                fail(failure);
            box_.confirm(carrier.number);
            continue;
        }
        const auto unsent = co_await bytes.write(next->frames, options_.send_timeout);
        if (unsent)
            fail(unsent);
        counts_.events_sent += next->events;
        counts_.bytes_sent += next->frames.size();
        box_.sent(carrier.number);
        if (options_.confirm == confirmed_by::nothing)
            box_.confirm(carrier.number);
    }

    carrier.sending = false;
    moved_.notify_all();
    carrier.ending = true;
    const auto unsent = co_await bytes.end_sending(options_.send_timeout);
    if (unsent)
        fail(unsent);
    if (carrier.peer_ended)
        co_return;
    carrier.waiting = true;
    co_await time_.sleep_for(options_.confirm_timeout);
    fail(errc::never_closed);
}

/// Waits until the peer's kernel has everything. A peer that closed just before our last bytes still reads as an end of
/// stream; only the kernel's unsent count and its pending error tell the difference.
asio::awaitable<error_code> sender::all_acknowledged(connection& bytes)
{
    for (const auto deadline = time_.now() + options_.confirm_timeout; time_.now() < deadline;)
    {
        const auto left = bytes.unacknowledged();
        if (!left)
            co_return left.error();
        if (*left == 0)
            co_return error_code();
        co_await time_.sleep_for(5ms);
    }
    co_return error_code(errc::unconfirmed);
}

/// A quiet stream is confirmed too: what was sent long ago must not hang in the air until the next page.
asio::awaitable<void> sender::confirm_by_age()
{
    for (;;)
    {
        const auto oldest = box_.oldest();
        const auto due = oldest.value_or(time_.now()) + options_.confirm_after;
        if (due <= time_.now())
        {
            box_.want_confirmed();
            co_await time_.sleep_for(options_.confirm_after);
        }
        else
        {
            co_await time_.sleep_until(due);
        }
    }
}

void sender::confirmed(stream& carrier)
{
    failures_ = 0;
    ++counts_.confirmations;
    box_.confirm(carrier.number);
}

void sender::lost(stream& carrier, const error_code& why)
{
    ++failures_;
    ++counts_.failures;
    const bool was_ending = !carrier.sending;
    carrier.sending = false;
    const auto events = box_.lose(carrier.number);
    counts_.events_resent += events;
    const char* const advice =
        why == errc::never_closed ? ". If this peer never ends its side, set `confirm: tcp` for this output" : "";
    log_.warning(fmt::format(
        "The connection to {} was lost while {}: {}. {} event(s) without confirmation are sent again on the next one{}",
        options_.to.text(),
        was_ending ? "confirming" : "sending",
        why.message(),
        events,
        advice
    ));
}

}  // namespace qdc::net
