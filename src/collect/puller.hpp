#pragma once

#include "collect/account.hpp"
#include "collect/call_limits.hpp"
#include "collect/checkpoint.hpp"
#include "collect/cycle_log.hpp"
#include "collect/subscription.hpp"
#include "collect/walk.hpp"
#include "ports/http_stream.hpp"
#include "ports/log.hpp"
#include "ports/reports.hpp"
#include "ports/sink.hpp"
#include "ports/state_store.hpp"
#include "ports/time_source.hpp"
#include "ports/value_store.hpp"
#include "services/service.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace qdc::collect
{

/// What a puller works with. Everything referred to outlives it.
struct puller_parts
{
    std::unique_ptr<services::service> service;
    std::unique_ptr<http_stream> source;
    sink& out;
    state_store& store;
    subscription& shared;
    service_report& report;
    time_source& time;
    log_origin log;
    std::function<double()> jitter;                            ///< a number in [0, 1)
    value_store* remembered{nullptr};                          ///< the table of the service; nullptr: it has none
    std::vector<std::unique_ptr<http_stream>> more_sources{};  ///< a lane for each (lanes_for())
};

struct puller_options
{
    state_key key;
    secret authorization;
    std::chrono::seconds period{60};
    /// How long transient faults are retried within one cycle; nothing: forever.
    std::optional<std::chrono::seconds> give_up_after;
    std::string name;    ///< "QualysScansPuller(qualys,1,vm_scans,predefined)": how the official log calls it
    call_limits limits;  ///< configured, besides what Qualys itself allows
    receipt_place receipts{};
    std::optional<setup_lines> setup{};
    std::chrono::seconds settle_delay{60};
    std::optional<int> lanes{};  ///< calls under way at once; nothing: as many as are ours
};

/// Pulls one service: cycle after cycle, page after page. Owns what belongs to that service alone.
class puller
{
public:
    puller(boost::asio::any_io_executor ex, puller_parts parts, puller_options options);

    /// Loads the checkpoint. An unreadable one is an error: starting over would send everything again, unasked.
    boost::asio::awaitable<error_code> prepare();

    /// Whether prepare() found a checkpoint to go on from.
    bool resumed() const noexcept { return resumed_; }

    /// Cycles until it is stopped. A cycle starts a period after the last one started, or at once when that took
    /// longer.
    boost::asio::awaitable<void> run();

    /// One cycle, its last checkpoint included. save_checkpoints() must run beside it.
    boost::asio::awaitable<cycle_end> run_once();

    /// Saves checkpoints as confirmations come, until it is stopped. Outlives the pulling, so that what is confirmed
    /// while the program shuts down is saved too.
    boost::asio::awaitable<void> save_checkpoints();

    /// Waits until everything that was handed out is confirmed and saved. Before that the log is told of cycles that were not
    /// shown.
    boost::asio::awaitable<error_code> settled();

    /// Whether every event that was handed out is confirmed.
    bool all_confirmed() const { return saved_.all_confirmed(); }

    /// Brings the report up to date; to be called before it is shown.
    void refresh_report();

private:
    boost::asio::awaitable<error_code> take_up_state();
    boost::asio::awaitable<void> send_receipt(cycle_end end);
    boost::asio::awaitable<cycle_end> run_cycle();
    boost::asio::awaitable<void> rest_after(cycle_end end, time_source::time_point started);
    boost::asio::awaitable<void> serve_urgent_calls(time_source::time_point next);

    boost::asio::any_io_executor executor_;
    puller_parts parts_;
    puller_options options_;
    walk_options walking_;
    cycle_log quiet_;
    log_origin log_;  ///< through `quiet_`
    checkpoint saved_;
    account told_;
    std::uint32_t refused_logins_{0};
    bool resumed_{false};
};

}  // namespace qdc::collect
