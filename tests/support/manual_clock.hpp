#pragma once

#include "flow/condition.hpp"
#include "ports/time_source.hpp"

namespace qdc::test
{

/// Time stands still until advance(). Sleepers are woken in the order of their deadlines.
class manual_clock final : public time_source
{
public:
    explicit manual_clock(boost::asio::any_io_executor ex) : moved_(std::move(ex)) {}

    time_point now() const override { return now_; }

    std::chrono::system_clock::time_point utc_now() const override
    {
        return std::chrono::system_clock::time_point(
            std::chrono::duration_cast<std::chrono::system_clock::duration>(now_.time_since_epoch())
        );
    }

    boost::asio::awaitable<void> sleep_until(time_point deadline) override
    {
        ++sleepers_;

        struct leave
        {
            int& n;

            ~leave() { --n; }
        } guard{sleepers_};

        while (now_ < deadline)
            co_await moved_.wait();
    }

    void advance(duration d)
    {
        now_ += d;
        moved_.notify_all();
    }

    int sleepers() const noexcept { return sleepers_; }

private:
    time_point now_{};
    int sleepers_{0};
    condition moved_;
};

}  // namespace qdc::test
