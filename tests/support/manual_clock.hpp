#pragma once

#include "flow/condition.hpp"
#include "ports/time_source.hpp"

#include <utility>

namespace qdc::test
{

/// Time stands still until advance().
class manual_clock final : public time_source
{
public:
    /// `utc` is the wall time at the beginning; monotonic time begins at zero.
    explicit manual_clock(boost::asio::any_io_executor ex, utc_time utc = {}) : utc_(utc), moved_(std::move(ex)) {}

    time_point now() const override { return now_; }

    utc_time utc_now() const override
    {
        return utc_ + std::chrono::duration_cast<utc_time::duration>(now_.time_since_epoch());
    }

    boost::asio::awaitable<void> sleep_until(time_point deadline) override
    {
        ++sleepers_;

        const struct leave
        {
            int& count;

            ~leave() { --count; }
        } leaving{sleepers_};

        while (now_ < deadline)
            co_await moved_.wait();
    }

    void advance(duration span)
    {
        now_ += span;
        moved_.notify_all();
    }

    int sleepers() const noexcept { return sleepers_; }

private:
    utc_time utc_;
    time_point now_{};
    int sleepers_{0};
    condition moved_;
};

}  // namespace qdc::test
