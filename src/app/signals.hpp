#pragma once

#include "base/error.hpp"
#include "ports/log.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>

namespace qdc::app
{

/// SIGTERM and SIGINT stop in order, SIGHUP reloads. When stopping takes longer than 9 s, because a name server or a disk
/// never answers, or a second signal comes, the process ends at once: checkpoints are whole at every instant.
class stop_signals
{
public:
    stop_signals(
        boost::asio::any_io_executor ex, const log_origin& log, std::function<void()> stop, std::function<void()> reload
    );

    bool stopping() const noexcept { return stopping_; }

    /// Nothing is left to be stopped.
    void cancel();

private:
    void wait();
    void received(int number);

    const log_origin& log_;
    std::function<void()> stop_;
    std::function<void()> reload_;
    boost::asio::signal_set signals_;
    boost::asio::steady_timer limit_;
    bool stopping_{false};
};

}  // namespace qdc::app
