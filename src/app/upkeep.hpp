#pragma once

#include "base/histogram.hpp"
#include "logging/repeats.hpp"
#include "ports/log.hpp"
#include "ports/reports.hpp"
#include "ports/time_source.hpp"

#include <boost/asio/awaitable.hpp>

#include <filesystem>
#include <functional>
#include <vector>

namespace qdc::app
{

/// Small things that go on beside the collecting, each until it is stopped. Everything referred to outlives them.

/// Logs that a flood of equal messages has ended.
boost::asio::awaitable<void> sweep_repeats(logging::log_repeats& repeats, time_source& time);

/// What was freed goes back to the system: set-up, a large value or a long page leave room that nobody needs any more.
/// So does, once, the code that only the start needed.
boost::asio::awaitable<void> give_memory_back(time_source& time);

/// How late the loop is: whatever blocks it holds up everything.
boost::asio::awaitable<void> measure_lag(histogram& lag, time_source& time);

/// Logs what is wrong with a certificate: when it begins, each day on which one ends sooner, and when it is over.
boost::asio::awaitable<void>
report_certificates(std::function<collector_report()> look, time_source& time, const log_origin& log);

/// What a configuration was made of.
struct watched_files
{
    std::vector<std::filesystem::path> secrets;
    std::vector<std::filesystem::path> configuration;

    bool operator==(const watched_files&) const = default;
};

/// Calls `reload` when a secret file changed; for a changed configuration only while `login_refused`: then somebody is
/// fixing it, and nothing can be lost by it. Otherwise a configuration waits for SIGHUP.
boost::asio::awaitable<void> watch_files(
    std::function<watched_files()> files,
    std::function<bool()> login_refused,
    std::function<void()> reload,
    time_source& time
);

}  // namespace qdc::app
