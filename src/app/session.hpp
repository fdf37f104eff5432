#pragma once

#include "app/parts.hpp"
#include "app/periodic.hpp"
#include "app/telemetry.hpp"
#include "flow/task_group.hpp"
#include "ports/log.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <list>
#include <optional>

namespace qdc::app
{

/// The life of one set of parts: it moves until it is stopped, and is stopped in the order in which nothing is lost.
///
/// 1. Pulling stops and is joined: no new events. 2. What is sent gets some seconds to be confirmed, and what is
/// confirmed is checkpointed; the last of the log goes to Devo with it. 3. The savers and the senders are joined.
class session
{
public:
    /// Where the program's own log goes: to `out`, and to Devo as `events`.
    struct logs
    {
        log& out;
        telemetry& events;
    };

    /// `moving`, `log` and what `own` refers to outlive it.
    session(boost::asio::any_io_executor ex, parts& moving, time_source& time, const log_origin& log, const logs& own);

    /// Runs to the end: until stop(), or with `give_up_after` until every service had one cycle, or for so long nothing was
    /// confirmed or a checkpoint could not be saved. True when nothing failed.
    boost::asio::awaitable<bool> serve(std::optional<std::chrono::seconds> give_up_after);

    /// Begins the end; returns at once. Idempotent.
    void stop() { pulling_.stop(); }

private:
    boost::asio::awaitable<void> send(output_part& output);
    boost::asio::awaitable<void> pull(puller_part& part, std::optional<std::chrono::seconds> patience);
    boost::asio::awaitable<bool> open_store(puller_part& part, std::optional<std::chrono::seconds> patience);
    boost::asio::awaitable<void> end_at_deadline(std::chrono::seconds limit);
    const service_report* unsaved() const;
    void report_deadline(std::chrono::seconds limit) const;
    boost::asio::awaitable<void> settle(puller_part& part);
    boost::asio::awaitable<void> send_final_log();
    boost::asio::awaitable<void> join_within(task_group& group, std::chrono::seconds limit);
    boost::asio::awaitable<void> confirm_the_rest();

    boost::asio::any_io_executor ex_;
    parts& moving_;
    time_source& time_;
    const log_origin& log_;
    telemetry& events_;
    std::list<sender_statistics> statistics_;  ///< a list: their tasks refer to them
    task_group senders_;
    task_group savers_;
    task_group pulling_;
    task_group settling_;
    task_group reporting_;  ///< while events are pulled and confirmed
    task_group final_log_;  ///< sends the last of the log
    bool leaving_{false};
    bool failed_{false};
};

}  // namespace qdc::app
