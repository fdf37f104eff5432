#include "app/signals.hpp"

#include <fmt/format.h>

#include <csignal>
#include <cstdlib>
#include <string_view>
#include <utility>

#include <sys/time.h>
#include <unistd.h>

namespace qdc::app
{

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace
{

// SIGTERM has to be obeyed within 10 s.
constexpr auto hard_limit = 9s;

// For what no timer of the loop can end: the loop itself, and what follows it.
constexpr auto last_limit = 9500ms;

volatile std::sig_atomic_t last_status = 0;

void leave_from_handler(int)
{
    // In a signal handler only a few calls are allowed (signal-safety(7)): write() and _exit() are.
    constexpr std::string_view text = "qualys-devo-collector: stopping took too long, leaving at once\n";
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
    ::_exit(last_status);
}

/// From now on the process lives that long at most.
void arm_last_limit()
{
    struct sigaction leave
    {
    };

    // SIGALRM does not go through the loop, so it comes even when the loop hangs.
    leave.sa_handler = leave_from_handler;
    ::sigaction(SIGALRM, &leave, nullptr);
    itimerval within{};
    within.it_value.tv_sec = last_limit / 1s;
    within.it_value.tv_usec = (last_limit % 1s) / 1us;
    ::setitimer(ITIMER_REAL, &within, nullptr);
}

sigset_t our_signals() noexcept
{
    sigset_t ours;
    ::sigemptyset(&ours);
    for (const int each : {SIGTERM, SIGINT, SIGHUP})
        ::sigaddset(&ours, each);
    return ours;
}

[[noreturn]] void leave_at_once(const log_origin& log, const char* reason)
{
    log.warning(
        trouble_id::left_unconfirmed,
        fmt::format("Leaving at once: {}. Checkpoints are whole; what is not confirmed comes again", reason)
    );
    std::quick_exit(0);
}

}  // namespace

void hold_signals() noexcept
{
    const auto ours = our_signals();
    ::pthread_sigmask(SIG_BLOCK, &ours, nullptr);
}

void release_signals() noexcept
{
    const auto ours = our_signals();
    ::pthread_sigmask(SIG_UNBLOCK, &ours, nullptr);
}

stop_signals::stop_signals(
    asio::any_io_executor ex, const log_origin& log, std::function<void()> stop, std::function<void()> reload
)
    : log_(log),
      stop_(std::move(stop)),
      reload_(std::move(reload)),
      signals_(ex, SIGTERM, SIGINT, SIGHUP),
      limit_(ex)
{
    // Signals that were held since the start come in now, and there is somebody to take them.
    wait();
    release_signals();
}

void stop_signals::finished(exit_status status)
{
    // A signal that comes now changes nothing any more.
    hold_signals();
    signals_.cancel();
    limit_.cancel();
    // What is left is the end of the process; the kernel's timer bounds it, whatever it waits for.
    last_status = static_cast<int>(status);
    if (!stopping_)
        arm_last_limit();
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
    // The next signal is waited for at once: the second SIGTERM must not be missed.
    wait();
    // SIGHUP: a reload, unless the end has begun.
    if (number == SIGHUP)
    {
        if (!stopping_)
            reload_();
        return;
    }
    // SIGTERM or SIGINT, for the second time: somebody does not want to wait.
    if (std::exchange(stopping_, true))
        leave_at_once(log_, "a second signal");
    // For the first time: stop in order, with a limit in the loop, and one of the kernel half a second behind it.
    log_.info(fmt::format("Received signal {}: stopping in order", number));
    arm_last_limit();
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
