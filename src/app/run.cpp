#include "app/run.hpp"

#include "app/checkpoint_store.hpp"
#include "app/overview.hpp"
#include "app/parts.hpp"
#include "app/periodic.hpp"
#include "app/progress.hpp"
#include "app/reload.hpp"
#include "app/run_to_end.hpp"
#include "app/session.hpp"
#include "app/signals.hpp"
#include "app/startup.hpp"
#include "app/status_endpoint.hpp"
#include "app/systemd_state.hpp"
#include "app/upkeep.hpp"
#include "base/build_commit.hpp"
#include "logging/masking_log.hpp"
#include "logging/repeats.hpp"
#include "net/system_clock.hpp"

#include <boost/asio/io_context.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <exception>
#include <filesystem>
#include <optional>
#include <random>
#include <utility>

#include <unistd.h>

// The life of the program, and how a reload takes its turn.
//
//   running_program                           session                          signals
//   settings, state, parts 1, status port
//   collect() ──────────────────────────────▶ serve() begins
//                                             pulls, sends, saves
//   reload() ◀──────────────────────────────────────────────────────────────── SIGHUP
//   make(): parts 2; if that fails, 1 goes on
//   next_ = parts 2 ────────────────────────▶ stop(): pulling ends,
//                                             the rest is confirmed and saved
//   current_ = parts 2 ◀───────────────────── serve() ends
//   collect(), next turn ───────────────────▶ serve() begins, with parts 2
//                                             stop() ◀──────────────────────── SIGTERM
//   upkeep and status endpoint end ◀───────── serve() ends, and there is no next_
namespace qdc::app
{

namespace asio = boost::asio;

namespace
{

double random_part()
{
    static std::minstd_rand engine(std::random_device{}());
    return std::uniform_real_distribution<double>(0.0, 1.0)(engine);
}

/// One configuration and what is made of it.
struct setup
{
    settings::collector from;
    settings::sources files;
    parts moving;
};

/// The program while it collects. A reload makes everything anew from the new configuration before the old is stopped;
/// whatever is wrong with the new one, the old one goes on.
class running_program
{
public:
    running_program(
        const run_options& options,
        logging::masking_log& log,
        logging::log_repeats& repeats,
        telemetry& events,
        logging::log_output& raw_log,
        asio::io_context& io
    )
        : options_(options),
          log_(log),
          repeats_(repeats),
          events_(events),
          raw_log_(raw_log),
          io_(io),
          main_(log, "MainProcess::MainThread"),
          clock_(net::make_system_clock())
    {
    }

    exit_status run();

private:
    std::optional<setup> make(settings::outcome read, exit_status& failure);
    bool open_status();
    void reload();
    bool refuse_fixed(const settings::collector& changed);
    void reload_taken();
    bool use_next_passwords();
    asio::awaitable<void> watch_logins();
    asio::awaitable<void> watch_obfuscation();
    void report_obfuscation();
    asio::awaitable<void> serve();
    asio::awaitable<void> collect();
    void report_that_none_ran();

    collector_report look() const;
    void start_upkeep(task_group& upkeep);

    bool login_refused() const { return app::login_refused(current_->moving); }

    const run_options& options_;
    logging::masking_log& log_;
    logging::log_repeats& repeats_;
    telemetry& events_;
    logging::log_output& raw_log_;
    asio::io_context& io_;
    log_origin main_;
    std::unique_ptr<time_source> clock_;
    std::unique_ptr<state_store> store_;
    std::optional<store_book> stores_;
    report_book reports_;
    program_report facts_;
    std::unique_ptr<status::server> status_;
    std::optional<setup> current_;
    std::optional<setup> next_;  ///< of a reload, until the old parts are stopped
    session* session_{nullptr};
    stop_signals* signals_{nullptr};
    std::string refusal_;  ///< why the last configuration could not be used
    bool good_{false};
    time_source::time_point refused_since_{};  ///< with a reload_failure of the facts
};

exit_status running_program::run()
{
    // First of all: as the first process of a container one has no signals that it does not handle, and a SIGTERM that
    // comes early would be lost.
    stop_signals signals(
        io_.get_executor(),
        main_,
        [this]
        {
            facts_.stopping = true;
            systemd_state::stopping();
            if (session_ != nullptr)
                session_->stop();
        },
        [this] { reload(); }
    );
    signals_ = &signals;

    // Version and commit come first: whatever goes wrong from here on, the log says of what.
    main_.info(
        fmt::format("qualys-devo-collector {}, commit {}", QDC_VERSION, build_commit),
        {{"version", QDC_VERSION}, {"commit", std::string(build_commit)}}
    );
    auto read = load_settings(options_, log_, search_lines::official);
    if (!read.value)
        return exit_status::misconfigured;
    // Where checkpoints are kept. Opening it takes the lock: two collectors must never share a directory.
    const bool on_disk = !options_.no_save_state && read.value->state != settings::persistence::memory;
    const auto directory = on_disk ? read.value->state_directory : std::filesystem::path();
    auto opened = open_checkpoints(directory, main_);
    if (opened.store == nullptr)
        return opened.failure;
    store_ = std::move(opened.store);
    stores_.emplace(io_.get_executor(), directory, log_);
    // Everything that moves is made here, so that a wrong certificate or service name ends the program before it pulls.
    auto failure = exit_status::failed;
    current_ = make(std::move(read), failure);
    if (!current_)
        return failure;
    // From now on it is known under which name our own log goes to Devo.
    events_.set_identity(self_of(current_->from));
    if (!open_status())
        return exit_status::failed;

    // The loop. It comes back when nothing is left to do.
    run_to_end(io_, serve());
    return good_ ? exit_status::done : exit_status::failed;
}

/// Makes everything that the configuration says; nothing moves yet.
std::optional<setup> running_program::make(settings::outcome read, exit_status& failure)
{
    auto& from = *read.value;
    // `debug` of the configuration counts where the command line says nothing else.
    if (options_.threshold == log_level::info)
        raw_log_.set_threshold(from.debug ? log_level::debug : log_level::info);
    // The names of the command line exist, but each of them has to be configured too.
    if (const auto missing = unconfigured(options_.services, from); !missing.empty())
    {
        refusal_ = "no input has the service " + missing + ", which was asked for";
        main_.error(trouble_id::service_unknown, "No input has the service " + missing + ", which was asked for");
        failure = exit_status::usage;
        return std::nullopt;
    }
    // What outlives a reload goes in by reference: the loop, clock, log, stores and reports.
    const surroundings around{io_.get_executor(), *clock_, log_, *store_, *stores_, reports_, random_part};
    part_options limits;
    limits.services = options_.services;
    if (options_.once)
        limits.give_up_after = options_.give_up_after;

    auto moving = make_parts(from, limits, around);
    if (!moving)
    {
        refusal_ = moving.error();
        main_.error(
            trouble_id::setup, fmt::format("SetupError 102: {}. Nothing is collected with this configuration", refusal_)
        );
        failure = exit_status::misconfigured;
        return std::nullopt;
    }
    return setup{std::move(from), std::move(read.files), std::move(*moving)};
}

/// The port is taken before anything is pulled: an endpoint that nobody can reach would be noticed too late.
bool running_program::open_status()
{
    facts_.started = clock_->utc_now();
    const auto& wanted = current_->from.status;
    if (!wanted.enabled)
        return true;
    status_ = open_status_endpoint(
        io_.get_executor(), wanted, [this] { return look(); }, log_
    );
    return status_ != nullptr;
}

collector_report running_program::look() const
{
    auto facts = facts_;
    facts.log_dropped = raw_log_.dropped();
    return overview(facts, current_->moving, *clock_, log_.secrets());
}

void running_program::reload()
{
    if (session_ == nullptr)
        return;  // it has ended already; the signal was late
    main_.info("Reloading the configuration");
    systemd_state::reloading();
    auto read = load_settings(options_, log_);
    // While an earlier reload waits for its end, what is coming counts. A login that was refused is tried again, whatever
    // has changed at Qualys.
    const auto& coming = next_ ? next_->from : current_->from;
    if (read.value && *read.value == coming && (next_ || !login_refused()))
    {
        reload_taken();
        main_.info("The configuration is the same: nothing is interrupted");
        systemd_state::ready();
        return;
    }
    // What is wrong with the new configuration is kept for the status page.
    if (!read.value)
        refusal_ = first_error(read.problems);
    else if (refuse_fixed(*read.value))
        read.value.reset();
    auto ignored = exit_status::failed;
    // All new parts are made while the old ones still work; a failure costs nothing.
    std::optional<setup> made;
    if (read.value)
        made = make(std::move(read), ignored);
    if (!made)
    {
        // A second refusal belongs to the same trouble.
        if (facts_.reload_failure.empty())
            refused_since_ = clock_->now();
        facts_.reload_failure = refusal_;
        main_.error(trouble_id::reload_refused, "The reload is refused: the old configuration goes on");
        systemd_state::ready();
        return;
    }
    next_ = std::move(made);
    // The new parts are ready. collect() takes them up when the old session has confirmed what it sent.
    session_->stop();
}

/// What cannot change while running is refused by its name.
bool running_program::refuse_fixed(const settings::collector& changed)
{
    const auto name = fixed_part_changed(current_->from, changed);
    if (name.empty())
        return false;
    refusal_ = name + " cannot change while running: it takes a restart";
    main_.error(trouble_id::state_fixed, refusal_ + ". The old configuration goes on");
    return true;
}

void running_program::reload_taken()
{
    facts_.reloaded = clock_->utc_now();
    // A reload that was refused stands on the status page until one is taken.
    const auto refused = std::exchange(facts_.reload_failure, {});
    if (!refused.empty())
        main_.info(fmt::format(
            "The configuration on the disk is good again, after {:.0f} s; what was refused before: {}",
            std::chrono::duration<double>(clock_->now() - refused_since_).count(),
            refused
        ));
}

/// True: new parts are made, and the old ones may be stopped.
bool running_program::use_next_passwords()
{
    // Only the password differs from the current configuration; the parts are made anew with it, as in a reload.
    auto changed = with_next_passwords(current_->from, current_->moving, main_);
    auto ignored = exit_status::failed;
    if (changed)
        next_ = make({std::move(*changed), {}, current_->files}, ignored);
    return next_.has_value();
}

asio::awaitable<void> running_program::watch_logins()
{
    for (;;)
    {
        co_await clock_->sleep_for(std::chrono::seconds(1));
        // Not while the parts of a reload wait to be used already.
        if (session_ != nullptr && !next_ && use_next_passwords())
            session_->stop();
    }
}

void running_program::report_obfuscation()
{
    for (auto& part : current_->moving.pullers)
        part.obfuscation.refresh(clock_->utc_now(), main_);
}

asio::awaitable<void> running_program::watch_obfuscation()
{
    for (;;)
    {
        co_await clock_->sleep_for(std::chrono::seconds(1));
        report_obfuscation();
    }
}

/// The status endpoint goes last: it shows what is still being confirmed.
asio::awaitable<void> running_program::serve()
{
    task_group endpoint(io_.get_executor());
    if (status_)
        endpoint.spawn("status", status_->run());
    // A fault of the program ends everything, but in order: first the endpoint, then the signals, then it comes out.
    std::exception_ptr bug;
    try
    {
        co_await collect();
    }
    catch (...)
    {
        bug = std::current_exception();
    }
    endpoint.stop();
    co_await endpoint.join();
    // Nothing waits for a signal any more; without this the loop would not end.
    signals_->finished(good_ && !bug ? exit_status::done : exit_status::failed);
    if (bug)
        std::rethrow_exception(bug);
}

/// What goes on besides collecting.
void running_program::start_upkeep(task_group& upkeep)
{
    // A function, because a reload exchanges the parts.
    const auto moving = [this]() -> const parts& { return current_->moving; };
    upkeep.spawn("repeats", sweep_repeats(repeats_, *clock_));
    upkeep.spawn("lag", measure_lag(facts_.loop_lag, *clock_));
    upkeep.spawn("trim", give_memory_back(*clock_));
    upkeep.spawn("memory", log_memory(main_, *clock_));
    // A single cycle goes on with what it began with, whatever changes in its files.
    if (!options_.once)
        upkeep.spawn(
            "files",
            watch_files(
                [this] { return files_to_watch(current_->files, current_->from); },
                [this] { return login_refused(); },
                [this] { reload(); },
                *clock_
            )
        );
    if (!options_.once)
        upkeep.spawn("logins", watch_logins());
    upkeep.spawn("certificates", report_certificates([this] { return look(); }, *clock_, main_));
    upkeep.spawn("obfuscation", watch_obfuscation());
    upkeep.spawn("watchdog", systemd_state::feed_watchdog(*clock_));
    upkeep.spawn("manager", systemd_state::update_status([this] { return look(); }, *clock_));
    // Only for somebody who watches: in a log file such lines would be noise.
    if (::isatty(STDERR_FILENO) != 0)
        upkeep.spawn("progress", log_progress(moving, *clock_, main_));
}

/// Without a service that could start there is nothing to wait for, and the end of the program needs its reason.
void running_program::report_that_none_ran()
{
    const auto& pullers = current_->moving.pullers;
    const bool none =
        std::ranges::all_of(pullers, [](const auto& part) { return part.report->phase == service_phase::stopped; });
    if (none && !options_.once && !signals_->stopping())
        main_.error(
            trouble_id::state_damaged,
            "No service could start, for the reasons above, so the collector ends. See `state show`"
        );
}

asio::awaitable<void> running_program::collect()
{
    task_group upkeep(io_.get_executor());
    start_upkeep(upkeep);
    const auto patience = options_.once ? std::optional(options_.give_up_after) : std::nullopt;
    good_ = signals_->stopping();  // before anything began
    // One turn for each configuration: it ends with a stop, with a single cycle, or with a reload.
    for (bool again = !signals_->stopping(); again;)
    {
        session now(io_.get_executor(), current_->moving, *clock_, main_, {log_, events_});
        session_ = &now;
        // For systemd both the start and each reload end here.
        systemd_state::ready();
        const bool all_ran = co_await now.serve(patience);
        // Who stops it is not told by the exit status that a service could not start: the log and the page said so.
        good_ = all_ran || (!options_.once && signals_->stopping());
        report_that_none_ran();
        report_obfuscation();
        // A single cycle has no watcher of logins: a refused password is exchanged here, and the cycle tried once more.
        if (options_.once && !good_ && !signals_->stopping())
            use_next_passwords();
        again = next_ && !signals_->stopping();
        // The old parts have stopped and are destroyed; the new ones take their place.
        if (again)
        {
            current_ = std::exchange(next_, std::nullopt);
            events_.set_identity(self_of(current_->from));
            reload_taken();
            main_.info("Reloaded: the new configuration is in use");
        }
    }
    // Signals that come from now on find nothing to stop or to reload.
    session_ = nullptr;
    upkeep.stop();
    co_await upkeep.join();
}

}  // namespace

exit_status run(const run_options& options)
{
    // From the back to the front: output, telemetry, repeats, masking. A record passes them the other way round, so
    // nothing gets to Devo unmasked, or a thousand times.
    const auto raw_log = make_program_log(options);
    telemetry events(*raw_log, [] { return std::chrono::system_clock::now(); });
    logging::log_repeats quiet_log(events, [] { return std::chrono::steady_clock::now(); });
    logging::masking_log log(quiet_log);
    std::signal(SIGPIPE, SIG_IGN);  // a reader of our log that goes away is no reason to end

    asio::io_context io(1);
    running_program program(options, log, quiet_log, events, *raw_log, io);
    const auto status = program.run();
    log_origin(log, "MainProcess::MainThread").info(fmt::format("Stopped, exit status {}", static_cast<int>(status)));
    return status;
}

}  // namespace qdc::app
