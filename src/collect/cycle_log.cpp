#include "collect/cycle_log.hpp"

#include "base/count_of.hpp"

#include <fmt/format.h>

#include <utility>

namespace qdc::collect
{

using namespace std::chrono_literals;

namespace
{

constexpr auto shown_every = 1h;

}  // namespace

cycle_log::cycle_log(const log_origin& out, time_source& time, std::function<bool()> news)
    : out_(out),
      time_(time),
      news_(std::move(news))
{
}

void cycle_log::write(log_record record)
{
    // The first piece of news brings out what was held back, so that its cycle can be read from the beginning.
    if (holding_ && (record.level > log_level::info || news_()))
        show();
    if (holding_)
        held_.push_back(std::move(record));
    else
        out_.out().write(std::move(record));
}

void cycle_log::begin_cycle()
{
    // An idle cycle is shown in full when the one before was not idle, or an hour after the last one that was shown.
    const bool due = !idle_shown_ || time_.now() - *idle_shown_ >= shown_every;
    // Whoever wants to see everything sees everything.
    holding_ = !due && !enabled(log_level::debug);
    if (!holding_)
        show();
}

void cycle_log::end_cycle()
{
    const bool idle = !news_();
    // A cycle with news: the next idle one is shown again, as the first of a row.
    if (!idle)
        idle_shown_.reset();
    // Idle and shown: from now on the hour runs.
    else if (!holding_)
        idle_shown_ = time_.now();
    // Idle and held back: it is only counted, and the first one gives the count its date.
    else if (hidden_++ == 0)
        hidden_since_ = time_.utc_now();
    holding_ = false;
    held_.clear();
}

/// What was hidden before, then what is held of this cycle.
void cycle_log::show()
{
    holding_ = false;
    tell_hidden();
    for (auto& record : std::exchange(held_, {}))
        out_.out().write(std::move(record));
}

void cycle_log::tell_hidden()
{
    if (const auto count = std::exchange(hidden_, 0); count != 0)
        out_.info(
            fmt::format(
                "{} since {} brought nothing new and {} not shown",
                count_of(count, "pull cycle"),
                utc_seconds(hidden_since_),
                count == 1 ? "is" : "are"
            ),
            {{"repeats", count}}
        );
}

}  // namespace qdc::collect
