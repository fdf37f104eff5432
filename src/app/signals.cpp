#include "app/signals.hpp"

#include <fmt/format.h>

#include <csignal>
#include <cstdlib>
#include <utility>

namespace qdc::app
{

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace
{

// SIGTERM has to be obeyed within 10 s.
constexpr auto hard_limit = 9s;

[[noreturn]] void leave_at_once(const log_origin& log, const char* why)
{
    log.warning(fmt::format("Leaving at once: {}. Checkpoints are whole; what is not confirmed comes again", why));
    std::quick_exit(0);
}

}  // namespace

stop_signals::stop_signals(
    asio::any_io_executor ex, const log_origin& log, std::function<void()> stop, std::function<void()> reload
)
    : log_(log),
      stop_(std::move(stop)),
      reload_(std::move(reload)),
      signals_(ex, SIGTERM, SIGINT, SIGHUP),
      limit_(ex)
{
    wait();
}

void stop_signals::cancel()
{
    signals_.cancel();
    limit_.cancel();
}

void stop_signals::wait()
{
    signals_.async_wait(
        [this](error_code ec, int number)
        {
            if (!ec)
                received(number);
        }
    );
}

void stop_signals::received(int number)
{
    wait();
    if (number == SIGHUP)
    {
        if (!stopping_)
            reload_();
        return;
    }
    if (std::exchange(stopping_, true))
        leave_at_once(log_, "a second signal");
    log_.info(fmt::format("Received signal {}: stopping in order", number));
    stop_();
    limit_.expires_after(hard_limit);
    limit_.async_wait(
        [this](error_code ec)
        {
            if (!ec)
                leave_at_once(log_, "stopping took too long");
        }
    );
}

}  // namespace qdc::app
