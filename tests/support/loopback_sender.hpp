#pragma once

#include "flow/outbox.hpp"
#include "flow/task_group.hpp"
#include "net/sender.hpp"
#include "net/system_clock.hpp"
#include "support/loopback_server.hpp"
#include "support/loopback_site.hpp"
#include "support/recording_log.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>

namespace qdc::test
{

/// Real time whose sleeps of up to a minute are cut short: a back-off of seconds becomes one of milliseconds. Longer ones
/// are limits, and stay.
class hasty_clock final : public time_source
{
public:
    explicit hasty_clock(duration longest) : longest_(longest) {}

    time_point now() const override { return real_->now(); }

    utc_time utc_now() const override { return real_->utc_now(); }

    boost::asio::awaitable<void> sleep_until(time_point deadline) override
    {
        slept_ += deadline > now() ? deadline - now() : duration::zero();
        const bool is_limit = deadline > now() + std::chrono::minutes(1);
        return real_->sleep_until(is_limit ? deadline : std::min(deadline, now() + longest_));
    }

    /// What all sleeps would have taken.
    duration slept() const noexcept { return slept_; }

private:
    std::unique_ptr<time_source> real_{net::make_system_clock()};
    duration longest_;
    duration slept_{};
};

/// A sender at work: push into `box`, play the server.
class loopback_sending
{
public:
    /// `options.to.port` says where; the host is localhost.
    loopback_sending(
        boost::asio::io_context& io,
        time_source& time,
        net::sender_options options,
        std::size_t limit = 1 << 20,
        output_report* report = nullptr  ///< of the one before; nullptr: a report of its own
    );

    outbox box;
    recording_log log;

    const output_report& counts() const { return report_; }

    /// One event a batch.
    boost::asio::awaitable<ticket> push(std::string event);

    /// Waits until everything pushed so far is confirmed; asks for it first.
    boost::asio::awaitable<void> all_confirmed();

    /// Stops the sender and waits for its end, which takes less than a second.
    boost::asio::awaitable<void> stop();

private:
    boost::asio::awaitable<void> run();

    output_report own_report_;
    output_report& report_;
    net::sender sender_;
    task_group task_;
};

/// Options for a server of the test; everything may take an hour, so that no slow machine turns it into a loss.
net::sender_options options_for(const loopback_server& server, std::shared_ptr<net::tls_context> tls);

}  // namespace qdc::test
