#pragma once

#include "flow/condition.hpp"
#include "ports/sink.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace qdc::test
{

/// Takes everything and confirms when it is told to, or at once.
class fake_sink final : public sink
{
public:
    explicit fake_sink(boost::asio::any_io_executor ex) : moved_(std::move(ex)) {}

    bool confirms_at_once{false};
    bool full{false};  ///< push() waits until set_full(false)
    int wanted{0};     ///< how often a confirmation was asked for
    std::vector<batch> batches;

    boost::asio::awaitable<ticket> push(batch frames) override
    {
        while (full && exceptions_ == 0)
            co_await moved_.wait();
        exceptions_ -= full ? 1 : 0;
        batches.push_back(std::move(frames));
        if (confirms_at_once)
            confirm(pushed());
        co_return pushed();
    }

    ticket pushed() const override { return batches.size(); }

    void want_confirmed() override { ++wanted; }

    ticket confirmed() const override { return confirmed_; }

    boost::asio::awaitable<ticket> confirmed_beyond(ticket seen) override
    {
        while (confirmed_ <= seen)
            co_await moved_.wait();
        co_return confirmed_;
    }

    void confirm(ticket to)
    {
        confirmed_ = std::max(confirmed_, to);
        moved_.notify_all();
    }

    void set_full(bool now)
    {
        full = now;
        moved_.notify_all();
    }

    /// One more batch although it is full.
    void let_one_in()
    {
        ++exceptions_;
        moved_.notify_all();
    }

    /// All frames that were taken, one after the other.
    std::string text() const
    {
        std::string out;
        for (const auto& one : batches)
            out += one.frames;
        return out;
    }

    std::size_t events() const
    {
        std::size_t count = 0;
        for (const auto& one : batches)
            count += one.events;
        return count;
    }

private:
    ticket confirmed_{0};
    int exceptions_{0};
    condition moved_;
};

}  // namespace qdc::test
