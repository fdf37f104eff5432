#pragma once

#include <chrono>
#include <cstddef>
#include <optional>

namespace qdc
{

/// How much one output may have under way: sent, and not confirmed. Pure.
///
/// What the peer's kernel holds and its program has not read cannot be seen from here, so it is kept small: as much as
/// the peer took lately in `target`. It begins with `smallest`, grows at most fourfold with each confirmation, and
/// shrinks when confirmations take longer. Two connections share it: one sends while the other is being confirmed.
class connection_load
{
public:
    using duration = std::chrono::steady_clock::duration;

    static constexpr std::size_t smallest = 64 * 1024;
    static constexpr duration target = std::chrono::seconds(4);
    static constexpr duration longest_patience = std::chrono::minutes(2);

    /// `largest` is what the outbox holds.
    explicit connection_load(std::size_t largest);

    std::size_t bytes() const noexcept { return bytes_; }

    /// A connection was confirmed that had `carried` bytes; the peer kept us waiting for `took`, in writes and at the
    /// end.
    void confirmed(std::size_t carried, duration took);

    /// The peer did not answer in time: the next connection begins as the first did.
    void unanswered();

    /// Twice the time in which the peer lately took so much; at most `longest_patience`. With nothing known yet it is
    /// thought to take 20 KiB/s.
    duration patience(std::size_t carried) const;

private:
    std::size_t largest_;
    std::size_t bytes_;
    std::optional<double> bytes_per_second_;  ///< of the last connection that carried enough to measure
};

}  // namespace qdc
