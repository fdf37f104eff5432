#pragma once

#include "app/exit_status.hpp"
#include "base/error.hpp"
#include "ports/log.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>

namespace qdc::app
{

/// Keeps SIGTERM, SIGINT and SIGHUP waiting, from the first moment of the program until it is known what they mean. One
/// that comes meanwhile is not lost: without this it would end the program without a word, and the first process of a
/// container would never see it.
void hold_signals() noexcept;

/// Lets them come.
void release_signals() noexcept;

/// SIGTERM and SIGINT stop in order, SIGHUP reloads. When stopping takes longer than 9 s, because a name server or a
/// disk never answers, or a second signal comes, the process ends at once: checkpoints are complete at every instant.
/// When the loop itself is held up, the kernel's timer ends it half a second later.
class stop_signals
{
public:
    /// Takes the signals from now on and releases those that were held. `stop` is called once at most, `reload` at each
    /// SIGHUP before that. `log` outlives it.
    stop_signals(
        boost::asio::any_io_executor ex, const log_origin& log, std::function<void()> stop, std::function<void()> reload
    );

    bool stopping() const noexcept { return stopping_; }

    /// Nothing is left to be stopped: the program ends with `status`, within 9.5 s whatever its end waits for.
    void finished(exit_status status);

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
