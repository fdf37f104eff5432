#include "app/run.hpp"

#include "app/masking_log.hpp"
#include "app/parts.hpp"
#include "app/startup.hpp"
#include "flow/task_group.hpp"
#include "net/system_clock.hpp"
#include "state/failure.hpp"
#include "state/file_store.hpp"
#include "status/log_repeats.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/system_error.hpp>

#include <fmt/format.h>

#include <csignal>
#include <cstdlib>
#include <exception>
#include <random>
#include <utility>

namespace qdc::app
{

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace
{

// SIGTERM has to be obeyed within 10 s. So long may confirmations take on the way out, and then the process ends even
// if a name server or a disk never answers; checkpoints are whole at every instant.
constexpr auto farewell_limit = 7s;
constexpr auto hard_limit = 9s;

/// The run as a whole: what has to be stopped, in which order.
class session
{
public:
    session(asio::any_io_executor ex, parts& moving, const log_origin& log)
        : ex_(ex),
          moving_(moving),
          log_(log),
          senders_(ex),
          savers_(ex),
          pulling_(ex),
          settling_(ex)
    {
    }

    /// Stops the pulling; the rest follows in order.
    void stop() { pulling_.stop(); }

    asio::awaitable<bool> serve(bool once);

private:
    asio::awaitable<void> send(output_part& output);
    asio::awaitable<void> pull(puller_part& part, bool once);
    asio::awaitable<void> settle(puller_part& part);
    asio::awaitable<void> confirm_the_rest();

    asio::any_io_executor ex_;
    parts& moving_;
    const log_origin& log_;
    task_group senders_;
    task_group savers_;
    task_group pulling_;
    task_group settling_;
    bool failed_{false};
};

/// True when nothing failed.
asio::awaitable<bool> session::serve(bool once)
{
    for (auto& output : moving_.outputs)
        senders_.spawn("output", send(output));
    for (auto& part : moving_.pullers)
    {
        savers_.spawn(part.name, part.puller->save_checkpoints());
        pulling_.spawn(part.name, pull(part, once));
    }
    std::exception_ptr bug;
    try
    {
        co_await pulling_.join();
    }
    catch (...)
    {
        bug = std::current_exception();  // the others still leave in order
    }
    co_await confirm_the_rest();
    savers_.stop();
    co_await savers_.join();
    senders_.stop();
    co_await senders_.join();
    if (bug)
        std::rethrow_exception(bug);
    co_return !failed_;
}

/// An output that ends by itself (standard output is gone) ends the run: nobody would take the events.
asio::awaitable<void> session::send(output_part& output)
{
    try
    {
        co_await output.run();
    }
    catch (const boost::system::system_error& e)
    {
        if (e.code() == asio::error::operation_aborted)
            throw;
        log_.error(fmt::format("An output cannot be written to any more: {}. Stopping", e.what()));
        failed_ = true;
        pulling_.stop();
    }
}

asio::awaitable<void> session::pull(puller_part& part, bool once)
{
    const auto unusable = co_await part.puller->prepare();
    if (unusable)
    {
        failed_ = true;
        co_return;
    }
    if (!once)
        co_await part.puller->run();
    const auto end = co_await part.puller->run_once();
    failed_ = failed_ || end != collect::cycle_end::complete;
}

asio::awaitable<void> session::settle(puller_part& part)
{
    [[maybe_unused]] const auto unsaved = co_await part.puller->settled();
}

/// What is sent already is worth a confirmation: it would come twice otherwise.
asio::awaitable<void> session::confirm_the_rest()
{
    moving_.out().want_confirmed();
    for (auto& part : moving_.pullers)
        settling_.spawn(part.name, settle(part));
    asio::steady_timer limit(ex_, farewell_limit);
    limit.async_wait(
        [this](error_code stopped)
        {
            if (!stopped)
                settling_.stop();
        }
    );
    co_await settling_.join();
    limit.cancel();
    if (moving_.out().confirmed() < moving_.out().pushed())
        log_.warning("Leaving with events that are not confirmed: they come again after the next start");
}

/// Ends the process when stopping takes too long, or when it is asked for twice.
[[noreturn]] void leave_at_once(const log_origin& log, const char* why)
{
    log.warning(fmt::format("Leaving at once: {}. Checkpoints are whole; what is not confirmed comes again", why));
    std::quick_exit(static_cast<int>(exit_status::done));
}

/// SIGTERM and SIGINT stop in order; what cannot be stopped in order is left behind.
class stop_signals
{
public:
    stop_signals(asio::any_io_executor ex, session& running, const log_origin& log)
        : running_(running),
          log_(log),
          signals_(ex, SIGTERM, SIGINT),
          limit_(ex)
    {
        wait();
    }

    void cancel()
    {
        signals_.cancel();
        limit_.cancel();
    }

private:
    void wait()
    {
        signals_.async_wait(
            [this](error_code ec, int number)
            {
                if (!ec)
                    received(number);
            }
        );
    }

    void received(int number)
    {
        if (stopping_)
            leave_at_once(log_, "a second signal");
        stopping_ = true;
        log_.info(fmt::format("Received signal {}: stopping in order", number));
        running_.stop();
        limit_.expires_after(hard_limit);
        limit_.async_wait(
            [this](error_code ec)
            {
                if (!ec)
                    leave_at_once(log_, "stopping took too long");
            }
        );
        wait();
    }

    session& running_;
    const log_origin& log_;
    asio::signal_set signals_;
    asio::steady_timer limit_;
    bool stopping_{false};
};

asio::awaitable<void> root(session& running, stop_signals& signals, bool once, bool& good)
{
    good = co_await running.serve(once);
    signals.cancel();
}

double random_part()
{
    static std::minstd_rand engine(std::random_device{}());
    return std::uniform_real_distribution<double>(0.0, 1.0)(engine);
}

/// Opens the state directory, or says why not.
std::unique_ptr<state_store>
open_store(const command_line& line, const settings::collector& from, const log_origin& log, exit_status& failure)
{
    if (line.no_save_state || from.state == settings::persistence::memory)
        return state::make_memory_store();
    auto opened = state::open_file_store(from.state_directory);
    if (opened)
        return std::move(*opened);
    const bool locked = opened.error() == state::failure::in_use;
    failure = locked ? exit_status::locked : exit_status::failed;
    log.error(fmt::format(
        "The state directory {} cannot be used: {}. Nothing was collected",
        from.state_directory.string(),
        opened.error().message()
    ));
    return nullptr;
}

exit_status run_parts(parts& moving, asio::io_context& io, const log_origin& log, bool once)
{
    session running(io.get_executor(), moving, log);
    stop_signals signals(io.get_executor(), running, log);
    bool good = false;
    std::exception_ptr failure;
    asio::co_spawn(
        io, root(running, signals, once, good), [&failure](std::exception_ptr thrown) { failure = std::move(thrown); }
    );
    io.run();
    if (failure)
        std::rethrow_exception(failure);
    return good ? exit_status::done : exit_status::failed;
}

}  // namespace

exit_status run(const command_line& line)
{
    const auto raw_log = make_program_log(line);
    status::log_repeats quiet_log(*raw_log, [] { return std::chrono::steady_clock::now(); });
    masking_log log(quiet_log);
    const log_origin main(log, "MainProcess::MainThread");

    const auto read = load_settings(line, log);
    if (!read.value)
        return exit_status::misconfigured;
    if (read.value->debug && line.threshold == log_level::info)
        raw_log->set_threshold(log_level::debug);

    auto failure = exit_status::failed;
    const auto store = open_store(line, *read.value, main, failure);
    if (store == nullptr)
        return failure;

    std::signal(SIGPIPE, SIG_IGN);  // a reader of our log that goes away is no reason to end
    asio::io_context io(1);
    const auto clock = net::make_system_clock();
    const surroundings around{io.get_executor(), *clock, log, *store, random_part};
    part_options options;
    options.services = line.services;
    if (line.once)
        options.give_up_after = line.give_up_after;

    std::string why;
    auto moving = make_parts(*read.value, options, around, why);
    if (!moving)
    {
        main.error(fmt::format("SetupError 102: {}. Nothing was collected", why));
        return exit_status::misconfigured;
    }
    if (moving->pullers.empty())
    {
        main.error("None of the services asked for is configured. Nothing was collected");
        return exit_status::usage;
    }
    const auto status = run_parts(*moving, io, main, line.once);
    main.info(fmt::format("Stopped, exit status {}", static_cast<int>(status)));
    return status;
}

}  // namespace qdc::app
