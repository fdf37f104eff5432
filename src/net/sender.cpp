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
    bool used{false};    ///< has taken one; the first connection is there before the first batch
    bool ended{false};   ///< our end is out: the peer's may answer it
    bool peer_ended{false};
    bool proven{false};  ///< something that it carried is confirmed
    time_source::time_point ended_at{};
};

namespace
{

// A peer that closes with unread data may say close_notify first; the reset comes right behind. One that keeps its socket
// after close_notify costs this much more.
constexpr auto reset_patience = 1s;

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
    if (options_.compress)
        packer_.emplace(*options_.compress);
}

asio::awaitable<void> sender::run()
{
    streams_.spawn("connections", connections());
    streams_.spawn("age", confirm_by_age());
    co_await streams_.join();
}

/// Keeps one connection sending. A second one may be waiting for its confirmation meanwhile; a third would only add to
/// what is at stake. The first is made at once: the first event finds its handshake done, and whoever looks at the start
/// of the service learns whether Devo can be reached.
asio::awaitable<void> sender::connections()
{
    for (;;)
    {
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
        co_await box_.wait_for_work();
    }
}

/// Tries until it works.
asio::awaitable<std::unique_ptr<connection>> sender::connect()
{
    for (;;)
    {
        if (failures_ != 0)
            co_await time_.sleep_for(backoff_delay(failures_, 1s, 60s, jitter_()));
        auto dialled = co_await dial(options_.to, options_.via, options_.tls, options_.connect_timeout);
        if (dialled)
        {
            ++counts_.connections;
            counts_.connected = true;
            co_return std::move(*dialled);
        }
        if (dialled.error() == asio::error::operation_aborted)
            continue;  // stopped: the next wait says so
        ++failures_;
        ++counts_.failures;
        counts_.connected = false;
        failed(fmt::format(
            "No connection to {}: {}. Events wait ({} bytes), nothing is lost; trying again within {} s",
            way(),
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
        failure = e.code();
    }
    if (failure == asio::error::operation_aborted)
    {
        // Nothing is in doubt on a connection that was never used: the peer need not wonder about its end.
        if (!carrier->used)
            co_await carrier->bytes->end_sending(1s);
        fail(failure);
    }
    if (!failure)
        failure = co_await all_acknowledged(*carrier->bytes, reset_patience);
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
    if (!carrier.ended)
        fail(asio::error::eof);
    parts.stop();
}

/// Sends until the outbox wants a confirmation, then ends the stream in order.
asio::awaitable<void> sender::pump(stream& carrier)
{
    auto& bytes = *carrier.bytes;
    const auto begun = time_.now();
    // By end of stream no connection gets old; the other ways would keep it for ever.
    for (bool all_confirmed = false; !all_confirmed || time_.now() - begun < options_.max_age;)
    {
        const auto* const next = co_await box_.next(carrier.number);
        if (next == nullptr && options_.confirm == confirmed_by::end_of_stream)
            break;
        if (next == nullptr)
        {
            const auto failure = co_await all_acknowledged(bytes, 0s);
            if (failure)
                fail(failure);
            confirmed(carrier);
            all_confirmed = true;
            continue;
        }
        carrier.used = true;
        const std::span<const char> packed_or_plain = packer_ ? packer_->pack(next->frames) : next->frames;
        const auto unsent = co_await bytes.write(packed_or_plain, options_.send_timeout);
        if (unsent)
            co_await fail_unless_read_knows(unsent);
        counts_.events_sent += next->events;
        counts_.bytes_sent += packed_or_plain.size();
        box_.sent(carrier.number);
        all_confirmed = options_.confirm == confirmed_by::nothing;
        if (all_confirmed)
            confirmed(carrier);
    }

    carrier.sending = false;
    carrier.ended_at = time_.now();
    moved_.notify_all();
    const auto unsent = co_await bytes.end_sending(options_.send_timeout);
    if (unsent)
        co_await fail_unless_read_knows(unsent);
    // Not before: an end of the peer that is seen while ours still waits for room is no answer to it.
    carrier.ended = true;
    co_await time_.sleep_for(options_.confirm_timeout);
    fail(errc::never_closed);
}

/// A write fails without saying why; an alert of the peer, with the reason, may wait on the read side. Throws in any case.
asio::awaitable<void> sender::fail_unless_read_knows(error_code why)
{
    if (why != asio::error::timed_out)
        co_await time_.sleep_for(1s);
    fail(why);
}

/// Waits until the peer's kernel has everything, and up to `patience` for TCP's end or a reset. A peer that closed just
/// before our last bytes still reads as an end of stream; only the kernel's unsent count and its pending error tell the
/// difference. Patience is counted in looks, not by the clock: a process that was held up for a second has not looked.
asio::awaitable<error_code> sender::all_acknowledged(connection& bytes, time_source::duration patience)
{
    constexpr auto pause = 5ms;
    auto looks = patience / pause;
    for (const auto deadline = time_.now() + options_.confirm_timeout; time_.now() < deadline;)
    {
        const bool settled = bytes.peer_has_ended() || looks-- <= 0;
        const auto left = bytes.unacknowledged();
        if (!left)
            co_return left.error();
        if (*left == 0 && settled)
            co_return error_code();
        co_await time_.sleep_for(pause);
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

/// Where our connections go, for messages.
std::string sender::way() const
{
    const auto to = options_.to.text();
    return options_.via ? to + " through the proxy " + options_.via->text() : to;
}

void sender::failed(std::string text)
{
    note_error(counts_.last_errors, time_.utc_now(), text);
    log_.warning(std::move(text));
}

void sender::confirmed(stream& carrier)
{
    failures_ = 0;
    carrier.proven = true;
    ++counts_.confirmations;
    if (carrier.ended)
        counts_.confirm_seconds.observe(std::chrono::duration<double>(time_.now() - carrier.ended_at).count());
    box_.confirm(carrier.number);
}

void sender::lost(stream& carrier, const error_code& why)
{
    const bool was_ending = !carrier.sending;
    carrier.sending = false;
    counts_.connected = counts_.connected && carrier.number != newest_;
    const auto events = box_.lose(carrier.number);
    // A peer drops idle connections, and one that is done with need not be answered: nothing is missing.
    const bool idle = why == asio::error::eof && (carrier.proven || !carrier.used);
    if (events == 0 && (idle || (carrier.proven && was_ending)))
        return;
    ++failures_;
    ++counts_.failures;
    counts_.events_resent += events;
    const char* const advice =
        why == errc::never_closed ? ". If this peer never ends its side, set `confirm: tcp` for this output" : "";
    failed(fmt::format(
        "The connection to {} was lost while {}: {}. {} event(s) without confirmation are sent again on the next one{}",
        way(),
        was_ending ? "confirming" : "sending",
        why.message(),
        events,
        advice
    ));
}

}  // namespace qdc::net
