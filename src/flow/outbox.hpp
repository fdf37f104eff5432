#pragma once

#include "flow/condition.hpp"
#include "ports/sink.hpp"
#include "ports/time_source.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace qdc
{

/// Number of a connection of one writer; grows by one with each.
using generation = std::uint64_t;

/// Hand-over between all services and the writer of one output: one ordered stream of batches.
///
/// A batch is queued, then sent (handed to the socket of some generation), then confirmed (the peer has it). It counts
/// against the limit until it is confirmed, because what a lost connection carried is queued again: delivery is at
/// least once. Holds at most `limit_bytes`, or a single batch that is larger.
class outbox final : public sink
{
public:
    /// `time` outlives it. `limit_bytes`: of frames that are not confirmed, queued ones included.
    outbox(boost::asio::any_io_executor ex, time_source& time, std::size_t limit_bytes);

    std::string room() override;

    boost::asio::awaitable<ticket> push(batch frames) override;

    ticket pushed() const override { return pushed_; }

    void want_confirmed() override;

    ticket confirmed() const override { return confirmed_; }

    boost::asio::awaitable<ticket> confirmed_beyond(ticket seen) override;

    // The writer's side.

    /// Waits until a batch is queued.
    boost::asio::awaitable<void> wait_for_work();

    /// The most that may be sent and not confirmed, `limit_bytes` at first; one batch always may.
    void set_load(std::size_t bytes);

    /// The next batch for connection `on`; it stays in place until it is confirmed. Waits while the load is reached.
    /// nullptr: end that connection in order, so that what it carried is confirmed: somebody waits for it, or it
    /// carried half of the load.
    boost::asio::awaitable<const batch*> next(generation on);

    /// The batch of the last next() is in the socket of `on`.
    void sent(generation on);

    /// Everything that `on` carried is at the peer.
    void confirm(generation on);

    /// `on` is lost: what it carried is queued again, in its old order. Returns how many events that were.
    std::size_t lose(generation on);

    /// When the oldest batch that is not confirmed was pushed; nothing: all is confirmed.
    std::optional<time_source::time_point> oldest() const;

    /// Bytes that are held until they are confirmed, queued or sent.
    std::size_t held_bytes() const noexcept { return bytes_; }

    std::size_t limit_bytes() const noexcept { return limit_bytes_; }

private:
    enum class stage
    {
        queued,
        sent,
        confirmed,
    };

    struct entry
    {
        batch frames;
        time_source::time_point pushed;
        stage at{stage::queued};
        generation carrier{0};
    };

    void release(batch& confirmed);
    std::size_t first_queued();
    bool wants_cut(generation on, bool more_queued) const;

    time_source& time_;
    std::size_t limit_bytes_;
    std::size_t load_bytes_;
    std::size_t bytes_{0};
    std::size_t sent_bytes_{0};  ///< of all connections, not confirmed
    ticket pushed_{0};
    ticket confirmed_{0};  ///< entries_[0] has the ticket after it
    ticket wanted_{0};     ///< somebody asked for a confirmation up to here
    int crowded_{0};       ///< how many wait for space
    std::deque<entry> entries_;
    std::vector<std::string> spare_;  ///< buffers of confirmed batches, until nothing is held any more
    std::size_t scanned_{0};          ///< no entry before it is queued
    std::size_t carried_bytes_{0};    ///< by the connection that is sending
    ticket carried_first_{0};         ///< the oldest of what it carried
    ticket in_hand_{0};               ///< what next() gave out last
    generation carrier_{0};
    condition space_;
    condition work_;
    condition progress_;
};

}  // namespace qdc
