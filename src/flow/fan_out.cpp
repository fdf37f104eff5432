#include "flow/fan_out.hpp"

#include <algorithm>
#include <utility>

namespace qdc
{

namespace asio = boost::asio;

fan_out::fan_out(asio::any_io_executor ex, std::vector<sink*> sinks) : sinks_(std::move(sinks)), free_(std::move(ex)) {}

asio::awaitable<ticket> fan_out::push(batch frames)
{
    // One at a time: two producers that overtake each other would give one batch two different tickets.
    while (pushing_)
        co_await free_.wait();
    pushing_ = true;

    // Frees the turn when push() ends, also by a stop.
    const struct release
    {
        fan_out& self;

        ~release()
        {
            self.pushing_ = false;
            self.free_.notify_all();
        }
    } releasing{*this};

    // Each sink gets the batches in one order, so all of them give the same ticket. The last one needs no copy.
    for (auto* const to : sinks_)
    {
        auto copy = to == sinks_.back() ? std::move(frames) : frames;
        pushed_ = co_await to->push(std::move(copy));
    }
    co_return pushed_;
}

void fan_out::want_confirmed()
{
    for (auto* const to : sinks_)
        to->want_confirmed();
}

// What counts is the slowest sink: what one of them lacks must not be in a checkpoint.
ticket fan_out::confirmed() const
{
    ticket least = sinks_.front()->confirmed();
    for (const auto* const to : sinks_)
        least = std::min(least, to->confirmed());
    return least;
}

asio::awaitable<ticket> fan_out::confirmed_beyond(ticket seen)
{
    // Waiting for one after the other takes as long as the slowest needs.
    for (auto* const to : sinks_)
        [[maybe_unused]] const auto reached = co_await to->confirmed_beyond(seen);
    co_return confirmed();
}

}  // namespace qdc
