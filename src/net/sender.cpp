// The turns of the connections; at most two are open, one that sends and one that waits for its confirmation:
//
//   1  dial │ batches 1 … 4 │ our end ·· waits ·· peer's end ▶ confirm(1)
//   2                       │ dial │ batches 5 … 8 │ our end ·· waits ·· reset ▶ lose(2): 5 … 8 are queued again
//   3                                                    (waits for 1) │ dial │ batches 9 … 11, then 5 … 8 │ our end
//
// Each has three coroutines, of which the first that knows how it ended stops the others (settle()):
//
//   pump       batch, batch, … our end                 writes, and ends when the outbox wants a confirmation
//   watch      ········ one pending read ········ end  sees the peer's end or reset at once
//   progress   look · look · look · look · look        ends it when the peer's kernel takes nothing for too long
//
// Then carry() decides: an end of the peer behind ours, and a kernel that agrees, confirm; all else loses.

#include "net/sender.hpp"

#include "flow/backoff.hpp"
#include "net/acknowledgement.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <array>
#include <exception>
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
    bool sending{true};                 ///< may still take batches
    bool used{false};                   ///< has taken one; the first connection is there before the first batch
    bool writing{false};                ///< bytes wait until the socket takes them
    bool ended{false};                  ///< our end is out: the peer's may answer it
    bool proven{false};                 ///< something that it carried is confirmed
    std::optional<error_code> outcome;  ///< how it ended, as the first of its parts saw it; no error: in order
    std::size_t carried{0};             ///< bytes of events since the last confirmation
    std::size_t on_the_wire{0};         ///< the same as they went into the stream
    time_source::duration waited{};     ///< for the peer to take them
    time_source::time_point ended_at{};
};

namespace
{

// A peer that closes with unread data may say close_notify first; the reset comes right behind. One that keeps its
// socket after close_notify costs this much more.
constexpr auto reset_patience = 1s;

// A time limit is that many looks without progress, not a span of the clock: a process that was suspended has not
// looked.
constexpr int looks_in_a_limit = 10;

/// Nobody talks back on this connection: the only thing to read is its end.
asio::awaitable<error_code> read_to_end(connection& bytes)
{
    std::array<char, 512> ignored{};
    for (;;)
    {
        const auto read = co_await bytes.read_some(ignored, connection::forever);
        if (!read)
            co_return read.error();
        if (*read == 0)
            co_return error_code();
    }
}

/// What is known of a connection's progress since it was ended: how fast its last bytes are taken.
struct end_progress
{
    std::uint64_t taken_before{0};
    std::uint64_t taken{0};
    time_source::duration span{};  ///< from our end to the last byte that was taken

    /// Twice what the whole connection would take at that rate; zero while nothing is known.
    time_source::duration patience(std::size_t bytes) const
    {
        if (taken == taken_before || span < 1s)
            return {};
        // Example: 8 MiB were carried, of which 1 MiB was taken within 2 s after our end. All of it would take 16 s,
        // so 32 s are allowed.
        const double part = static_cast<double>(bytes) / static_cast<double>(taken - taken_before);
        const std::chrono::duration<double> wanted = 2 * part * std::chrono::duration<double>(span);
        const std::chrono::duration<double> most = connection_load::longest_patience;
        return std::chrono::duration_cast<time_source::duration>(std::min(wanted, most));
    }
};

}  // namespace

sender::sender(
    asio::any_io_executor ex,
    outbox& box,
    time_source& time,
    log_origin log,
    sender_options options,
    output_report& report,
    std::function<double()> jitter
)
    : box_(box),
      time_(time),
      options_(std::move(options)),
      jitter_(std::move(jitter)),
      report_(report),
      log_(std::move(log), options_, report, time),
      load_(box.limit_bytes()),
      streams_(ex),
      moved_(ex)
{
    if (report_.address.empty())
        report_.address = options_.to.text();
    box_.set_load(load_.bytes());
    if (options_.compress)
        packer_.emplace(*options_.compress);
}

/// Runs until it is stopped: a peer that cannot be reached is no reason to give up.
asio::awaitable<error_code> sender::run()
{
    report_.address = options_.to.text();
    report_.connected = false;
    streams_.spawn("connections", connections());
    streams_.spawn("age", confirm_by_age());
    co_await streams_.join();
    co_return error_code();
}

const output_report& sender::report()
{
    report_.unconfirmed_bytes = box_.held_bytes();
    report_.unconfirmed_since = box_.oldest();
    return report_;
}

/// Keeps one connection sending. A second one may be waiting for its confirmation meanwhile; a third would only add to
/// what is at stake. The first is made at once: the first event finds its handshake done, and whoever looks at the
/// start of the service learns whether Devo can be reached.
asio::awaitable<void> sender::connections()
{
    for (;;)
    {
        // One that sends, and one that is being confirmed.
        while (open_ >= 2)
            co_await moved_.wait();
        auto bytes = co_await connect();
        const auto carrier = std::make_shared<stream>();
        carrier->bytes = std::move(bytes);
        carrier->number = ++newest_;
        ++open_;
        streams_.spawn("stream", carry(carrier));
        // It leaves the sending state by its own end or by a loss; only then the next one is needed.
        while (carrier->sending)
            co_await moved_.wait();
        // No connection without something to send, but for the first.
        co_await box_.wait_for_work();
    }
}

/// Tries until it works.
asio::awaitable<std::unique_ptr<connection>> sender::connect()
{
    for (;;)
    {
        // The pause grows with the failures in a row, also with those of connections that were lost.
        if (failures_ != 0)
            co_await pause(backoff_delay(failures_, 1s, 60s, jitter_()));
        auto dialled = co_await dial(options_.to, options_.via, options_.tls, options_.connect_timeout);
        if (dialled)
        {
            ++report_.connections;
            report_.connected = true;
            log_.connected();
            co_return std::move(*dialled);
        }
        if (dialled.error() == asio::error::operation_aborted)
            continue;  // stopped: the next wait says so
        ++failures_;
        ++report_.failures;
        report_.connected = false;
        // Jitter may shorten the pause that follows: the log names the longest that it can be.
        const auto longest_pause = backoff_delay(failures_, 1s, 60s, 1.0);
        log_.unreachable(dialled.error(), box_.held_bytes(), longest_pause);
    }
}

/// The pause of a back-off. The connection before may be waiting for its confirmation meanwhile: with it, confirmed() ends
/// the pause too.
asio::awaitable<void> sender::pause(time_source::duration longest)
{
    const auto ex = co_await asio::this_coro::executor;
    // The sleep is a task of its own, so that it can be stopped without stopping the connections.
    task_group sleep(ex);

    // Known to confirmed() as long as this call lasts, also when the sender itself is stopped.
    const struct listed
    {
        task_group*& place;

        ~listed() { place = nullptr; }
    } listed{pausing_ = &sleep};

    sleep.spawn("pause", time_.sleep_for(longest));
    co_await sleep.join();
}

/// One connection from its first batch to its confirmation or loss.
asio::awaitable<void> sender::carry(std::shared_ptr<stream> carrier)
{
    const auto ex = co_await asio::this_coro::executor;
    std::exception_ptr stopped;
    // Sending, watching and the time limit run side by side until one of them has settled how the connection ended.
    try
    {
        task_group parts(ex);
        parts.spawn("watch", watch(*carrier, parts));
        parts.spawn("pump", pump(*carrier, parts));
        parts.spawn("progress", expect_progress(*carrier, parts));
        co_await parts.join();
    }
    catch (...)
    {
        // A handler cannot wait: the stop is kept and thrown again below.
        stopped = std::current_exception();
    }
    if (stopped)
    {
        // Nothing is in doubt on a connection that was never used: the peer need not wonder about its end.
        if (!carrier->used)
            co_await carrier->bytes->end_sending(1s);
        std::rethrow_exception(stopped);
    }
    // The peer's end is no proof by itself: the kernel has to agree.
    auto failure = carrier->outcome.value_or(error_code());
    if (!failure)
        failure = co_await all_acknowledged(*carrier->bytes, time_, reset_patience, options_.confirm_timeout);
    // Nothing of the carrier's may be in doubt now: its batches are either confirmed or queued again.
    if (failure)
        lost(*carrier, failure);
    else
        confirmed(*carrier);
    // There is space for another connection.
    --open_;
    moved_.notify_all();
}

/// The first of the parts that knows how the connection ended says so, and stops the others.
void sender::settle(stream& carrier, task_group& parts, error_code how)
{
    if (!carrier.outcome)
        carrier.outcome = how;
    parts.stop();
}

/// Sees the peer's end at once, not at the next write.
asio::awaitable<void> sender::watch(stream& carrier, task_group& parts)
{
    auto how = co_await read_to_end(*carrier.bytes);
    // An end that comes before ours answers nothing: the peer went away, and what it read is not known.
    if (!how && !carrier.ended)
        how = asio::error::eof;
    settle(carrier, parts, how);
}

/// Sends, and ends the stream in order; what follows is for the others to see.
asio::awaitable<void> sender::pump(stream& carrier, task_group& parts)
{
    const auto failure = co_await send_and_end(carrier);
    if (!failure)
        co_return;
    // A write fails without saying why; an alert of the peer, with the reason, may wait on the read side.
    co_await time_.sleep_for(1s);
    settle(carrier, parts, failure);
}

/// Sends until the outbox wants a confirmation.
asio::awaitable<error_code> sender::send_and_end(stream& carrier)
{
    auto& bytes = *carrier.bytes;
    const auto begun = time_.now();
    // By end of stream no connection gets old; the other ways would keep it forever.
    // One turn for each batch, and for each confirmation on a connection that goes on afterwards.
    for (bool all_confirmed = false; !all_confirmed || time_.now() - begun < options_.max_age;)
    {
        const auto* const next = co_await box_.next(carrier.number);
        // By end of stream: our end is what asks for the confirmation.
        if (next == nullptr && options_.confirm == confirmed_by::end_of_stream)
            break;
        // By TCP's acknowledgements: wait until the peer's kernel has everything, then go on with the same connection.
        if (next == nullptr)
        {
            const auto asked = time_.now();
            const auto failure = co_await all_acknowledged(bytes, time_, 0s, options_.send_timeout);
            if (failure)
                co_return failure;
            carrier.waited += time_.now() - asked;
            confirmed(carrier);
            all_confirmed = true;
            continue;
        }
        const auto unsent = co_await write(carrier, *next);
        if (unsent)
            co_return unsent;
        box_.sent(carrier.number);
        // Without confirmations a batch counts as delivered as soon as our kernel has it.
        all_confirmed = options_.confirm == confirmed_by::nothing;
        if (all_confirmed)
            confirmed(carrier);
    }

    // From here on the next connection may take batches.
    carrier.sending = false;
    carrier.ended_at = time_.now();
    moved_.notify_all();
    const auto unsent = co_await bytes.end_sending(connection::forever);
    // Not before: an end of the peer that is seen while ours still waits for space is no answer to it.
    carrier.ended = !unsent;
    co_return unsent;
}

/// One batch into the socket, however long the peer takes for it: expect_progress() looks after that.
asio::awaitable<error_code> sender::write(stream& carrier, const batch& next)
{
    carrier.used = true;
    carrier.writing = true;
    const auto begun = time_.now();
    // Without compression the frames are written as they are; packed ones are in a buffer of the packer.
    const std::span<const char> packed_or_plain = packer_ ? packer_->pack(next.frames) : next.frames;
    const auto unsent = co_await carrier.bytes->write(packed_or_plain, connection::forever);
    carrier.writing = false;
    if (unsent)
        co_return unsent;
    // What the load is measured by, and what the report counts.
    carrier.waited += time_.now() - begun;
    carrier.carried += next.frames.size();
    carrier.on_the_wire += packed_or_plain.size();
    report_.sent_events += next.events;
    report_.sent_bytes += packed_or_plain.size();
    co_return error_code();
}

/// Tells a peer that is slow from one that is gone: no byte was taken for the whole of `send_timeout`, or all were and
/// its end does not come although the peer had time to read them.
asio::awaitable<void> sender::expect_progress(stream& carrier, task_group& parts)
{
    auto& bytes = *carrier.bytes;
    // Ten looks in the shorter of the two limits.
    const time_source::duration shorter = std::min(options_.send_timeout, options_.confirm_timeout);
    const auto pause = shorter / looks_in_a_limit;
    auto last = bytes.progress();
    time_source::duration quiet{};
    end_progress after_end;
    bool was_ended = false;
    bool looked_again = false;
    for (;;)
    {
        co_await time_.sleep_for(pause);
        // Progress since the last look: bytes that the peer's kernel has acknowledged, or our own end that went out.
        const auto seen = bytes.progress();
        const bool moved = seen.taken != last.taken || carrier.ended != was_ended;
        // The rate at which the peer takes the last bytes is measured from our end on.
        if (carrier.ended && !was_ended)
            after_end.taken_before = last.taken;
        if (carrier.ended && moved)
            after_end = {after_end.taken_before, seen.taken, time_.now() - carrier.ended_at};
        was_ended = carrier.ended;
        last = seen;
        if (moved)
            report_.moved = time_.now();

        // Time counts only while something is expected of the peer, and begins again with each progress.
        const bool expected = carrier.ended || carrier.writing || seen.untaken != 0;
        quiet = moved || !expected ? time_source::duration::zero() : quiet + pause;
        looked_again = looked_again && quiet != time_source::duration::zero();
        // While bytes are on their way the limit is send_timeout. With all of them taken the peer's program still has
        // to read what its kernel holds: the longest of three estimates is allowed for its end.
        const bool all_taken = carrier.ended && seen.untaken == 0;
        time_source::duration limit = options_.send_timeout;
        if (all_taken)
            limit = std::max(
                {time_source::duration(options_.confirm_timeout),
                 load_.patience(carrier.carried),
                 after_end.patience(carrier.on_the_wire)}
            );
        if (quiet < limit)
            continue;
        // What came while this process was suspended lies in the socket: it is read before a limit is believed.
        // Unread input gets one look more, so that the pending read of watch() may settle the end instead.
        const bool unread = bytes.has_unread() || bytes.peer_has_ended();
        if (!unread || looked_again)
            settle(carrier, parts, all_taken ? error_code(errc::never_closed) : asio::error::timed_out);
        looked_again = true;
    }
}

/// A quiet stream is confirmed too: what was sent long ago must not hang in the air until the next page.
asio::awaitable<void> sender::confirm_by_age()
{
    for (;;)
    {
        // The oldest event that is not confirmed sets the time; with none there is, look again after a full span.
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

/// What the connection carried is at the peer. A connection that goes on afterwards counts from nothing again.
void sender::confirmed(stream& carrier)
{
    failures_ = 0;
    if (pausing_ != nullptr)
        pausing_->stop();
    report_.moved = time_.now();
    log_.confirmed();
    carrier.proven = true;
    ++report_.confirmations;
    // The next load follows from how long the peer kept us waiting, in writes and behind our end.
    auto took = carrier.waited;
    if (carrier.ended)
        took += time_.now() - carrier.ended_at;
    load_.confirmed(carrier.carried, took);
    box_.set_load(load_.bytes());
    // The counters of this connection start again; the outbox forgets the batches.
    carrier.carried = carrier.on_the_wire = 0;
    carrier.waited = {};
    if (carrier.ended)
        report_.confirm_seconds.observe(std::chrono::duration<double>(time_.now() - carrier.ended_at).count());
    box_.confirm(carrier.number);
}

/// What the connection carried is queued again; it is logged unless nothing was missing.
void sender::lost(stream& carrier, const error_code& why)
{
    // All was sent and our end at least begun, so the message says "while confirming".
    const bool was_ending = !carrier.sending;
    carrier.sending = false;
    // The newest connection says whether the output is connected; an older one that is lost changes nothing.
    report_.connected = report_.connected && carrier.number != newest_;
    const auto events = box_.lose(carrier.number);
    // A peer drops idle connections, and one that is done with need not be answered: nothing is missing.
    const bool idle = why == asio::error::eof && (carrier.proven || !carrier.used);
    if (events == 0 && (idle || (carrier.proven && was_ending)))
        return;
    // A peer that did not answer in time may be slow: the next connection carries less.
    if (why == errc::never_closed || why == asio::error::timed_out)
    {
        load_.unanswered();
        box_.set_load(load_.bytes());
    }
    ++failures_;
    ++report_.failures;
    report_.resent_events += events;
    log_.lost(why, events, was_ending);
}

}  // namespace qdc::net
