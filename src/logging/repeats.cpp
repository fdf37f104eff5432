#include "logging/repeats.hpp"

#include <fmt/core.h>

#include <algorithm>

// One origin, a window of 60 s:
//
//   00:00  "no answer"    written
//   00:05  "no answer"    counted
//   00:20  "no answer"    counted
//   00:30  "connected"    "the last message of X was repeated 2 times", then "connected"
//
//   00:00  "no answer"    written
//   00:05  "no answer"    counted
//   01:10  "no answer"    "… was repeated 1 time", then "no answer": a new window begins
namespace qdc::logging
{
namespace
{

/// Origins remembered at a time: more than inputs, services and senders of a large configuration.
constexpr std::size_t origin_limit = 128;

}  // namespace

log_repeats::log_repeats(log& out, clock now, std::chrono::steady_clock::duration window)
    : out_(&out),
      now_(std::move(now)),
      window_(window)
{
}

log_repeats::~log_repeats()
{
    for (auto& last : recent_)
        write_count(last);
}

void log_repeats::write(log_record record)
{
    if (!out_->enabled(record.level))
        return;
    const auto now = now_();
    const auto known =
        std::find_if(recent_.begin(), recent_.end(), [&record](const memory& m) { return m.origin == record.origin; });
    if (known == recent_.end())
    {
        // The origin that was quiet for longest makes space; its count must not be lost with it.
        if (recent_.size() == origin_limit)
        {
            write_count(recent_.back());
            recent_.pop_back();
        }
        recent_.push_front({record.level, record.id, record.origin, record.message, now, 0});
        out_->write(std::move(record));
        return;
    }

    // The origin is the latest now.
    recent_.splice(recent_.begin(), recent_, known);
    const bool same = known->level == record.level && known->message == record.message;
    if (same && now - known->shown_at < window_)
    {
        ++known->repeats;
        return;
    }
    // Another message, or the window is over: the count first, then the record, which begins a new window.
    write_count(*known);
    known->level = record.level;
    known->id = record.id;
    known->message = record.message;
    known->shown_at = now;
    out_->write(std::move(record));
}

void log_repeats::sweep()
{
    const auto now = now_();
    for (auto& last : recent_)
        if (now - last.shown_at >= window_)
            write_count(last);
}

/// Passes on how often the message came again, under the level and id of that message.
void log_repeats::write_count(memory& last)
{
    if (last.repeats == 0)
        return;
    const auto count = std::exchange(last.repeats, 0);
    out_->write(
        {last.level,
         last.origin,
         fmt::format("the last message of {} was repeated {} {}", last.origin, count, count == 1 ? "time" : "times"),
         {{"repeats", count}},
         last.id}
    );
}

}  // namespace qdc::logging
