#include "cli/pull.hpp"

#include "app/input_store.hpp"
#include "app/parts.hpp"
#include "app/run_to_end.hpp"
#include "app/service_list.hpp"
#include "app/startup.hpp"
#include "base/basic_authorization.hpp"
#include "collect/decision.hpp"
#include "collect/page.hpp"
#include "net/system_clock.hpp"
#include "qualys/api_versions.hpp"
#include "qualys/endpoint.hpp"
#include "state/file_store.hpp"
#include "store/environment.hpp"

#include <boost/asio/io_context.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <optional>
#include <utility>

namespace qdc::cli
{

namespace asio = boost::asio;

namespace
{

/// As many events as were asked for are written.
struct limit_reached
{
};

/// Throws std::runtime_error when standard output cannot be written to, as when its reader is gone.
void write_out(std::string_view bytes)
{
    if (std::fwrite(bytes.data(), 1, bytes.size(), stdout) != bytes.size())
        throw std::runtime_error("standard output cannot be written to");
}

/// Writes events as they come, up to a limit; silent, it only counts them. Blocks on a slow reader, which is right
/// here: nothing else waits.
class output_sink final : public sink
{
public:
    output_sink(std::optional<std::uint64_t> limit, bool silent) : left_(limit), silent_(silent) {}

    asio::awaitable<ticket> push(batch frames) override
    {
        const auto wanted = std::min(frames.events, left_.value_or(frames.events));
        if (!silent_)
            write_events(frames, wanted);
        // The exception leaves every coroutine of the pull at once; pull_into() takes it as a good end.
        if (left_ && (*left_ -= wanted) == 0)
            throw limit_reached();
        co_return ++pushed_;
    }

    ticket pushed() const override { return pushed_; }

    void want_confirmed() override {}

    ticket confirmed() const override { return pushed_; }

    asio::awaitable<ticket> confirmed_beyond(ticket) override { co_return pushed_; }

private:
    /// Writes the first `wanted` events of a batch: each is a line.
    static void write_events(const batch& frames, std::uint64_t wanted)
    {
        if (wanted == frames.events)
            return write_out(frames.frames);
        std::size_t end = 0;
        for (; wanted != 0; --wanted)
            end = frames.frames.find('\n', end) + 1;
        write_out(std::string_view(frames.frames).substr(0, end));
    }

    ticket pushed_{0};
    std::optional<std::uint64_t> left_;
    bool silent_;
};

/// Shows the body of an answer while it is read.
class shown_stream final : public http_stream
{
public:
    explicit shown_stream(std::unique_ptr<http_stream> source) : in_(std::move(source)) {}

    asio::awaitable<result<http_head>> open(http_request request) override { return in_->open(std::move(request)); }

    asio::awaitable<result<std::size_t>> read_some(std::span<char> into) override
    {
        const auto read = co_await in_->read_some(into);
        if (read)
            write_out({into.data(), *read});
        co_return read;
    }

    void close() override { in_->close(); }

    call_stage stage() const override { return in_->stage(); }

    std::string endpoint() const override { return in_->endpoint(); }

private:
    std::unique_ptr<http_stream> in_;
};

/// Page after page, without retries: whoever runs this by hand wants to see what happens.
asio::awaitable<bool> pull_pages(
    services::service& service,
    http_stream& source,
    sink& out,
    collect::checkpoint& nowhere,
    time_source& time,
    secret authorization,
    const qualys::api_versions& versions,
    const log_origin& log
)
{
    // One exchange at a time: the next call comes out of the last answer.
    service.begin_cycle(time.utc_now());
    for (auto exchange = service.next(); exchange; exchange = service.next())
    {
        // Events without frames: for a person, or for a pipe into other tools.
        exchange->events().without_frames();
        const auto& call = exchange->call();
        const auto path = qualys::path(call.which, versions.of(call.which));
        http_request request{path, qualys::form_encoded(call.form), authorization};
        const auto page =
            co_await collect::read_page(source, service, *exchange, out, nowhere, time, std::move(request));
        // The exchange has to end before the service is asked for the next one.
        if (!page.failure)
        {
            exchange.reset();
            continue;
        }
        const auto made = collect::decide(page, 1, 0);
        log.error(
            made.id,
            fmt::format(
                "PullError: API Error. Cause: {}: {} {} at {}: {}. Nothing more is pulled",
                service.name(),
                page.attempt,
                path,
                source.endpoint(),
                made.cause
            )
        );
        co_return false;
    }
    co_return true;
}

/// Pulls with parts that keep nothing: checkpoints go to memory, the report to nobody. `good`: it came to its end.
asio::awaitable<void> pull_into(
    const pull_options& options,
    const settings::input& input,
    services::service& service,
    http_stream& source,
    const log_origin& log,
    asio::any_io_executor ex,
    bool& good
)
{
    // The page reader wants a sink, a checkpoint and a report; none of these outlives the verb.
    const auto time = net::make_system_clock();
    const auto store = state::make_memory_store();
    output_sink out(options.limit, options.raw);
    service_report unseen;
    collect::checkpoint nowhere(ex, *store, {input.name, input.id, options.service}, out, *time, log, unseen);
    try
    {
        auto authorization = basic_authorization(input.login.username, input.login.password);
        const qualys::api_versions versions(input.api_versions);
        good = co_await pull_pages(service, source, out, nowhere, *time, std::move(authorization), versions, log);
    }
    catch (const limit_reached&)
    {
        good = true;
    }
}

/// The first input that has the service; otherwise the first one, with the service's defaults.
std::pair<const settings::input*, settings::service>
choose(const settings::collector& settings, const std::string& name)
{
    for (const auto& input : settings.inputs)
        for (const auto& service : input.services)
            if (service.name == name)
                return {&input, service};
    settings::service plain;
    plain.name = name;
    return {&settings.inputs.front(), plain};
}

/// The tables of other services that this one looks into, as they stand now: the KnowledgeBase for a join. Without one the
/// events come as they do before it is filled.
app::table_map tables_to_look_into(
    const settings::collector& settings,
    const settings::input& input,
    const settings::service& service,
    const log_origin& log
)
{
    app::table_map tables;
    if (settings.state == settings::persistence::memory)
        return tables;
    const auto folder = app::store_folder(settings.state_directory, input.name, input.id);
    for (const auto& name : app::tables_of(service, input))
    {
        // Its own table says what was sent before: for a pull nothing was.
        if (name == service.name)
            continue;
        auto table = store::open_for_reading(folder, name);
        if (table)
            tables.emplace(name, std::move(*table));
        else
            log.warning(
                trouble_id::store_unusable,
                fmt::format(
                    "The table {} of the store {} cannot be read: {}. The events come without what stands in it",
                    name,
                    folder.string(),
                    table.error().message()
                )
            );
    }
    return tables;
}

}  // namespace

exit_status pull(const pull_options& options)
{
    const app::verb_session with(options);
    const auto& read = with.read;
    if (!read.value)
        return exit_status::misconfigured;

    asio::io_context io(1);  // before the source, which keeps a connection until it goes
    auto [input, configured] = choose(*read.value, options.service);
    // What the options say wins over the configuration. Without a settle delay the window ends now.
    if (options.since)
        configured.start_time = options.since;
    configured.settle_delay = {};
    if (options.limit == std::uint64_t{0})
        return exit_status::done;
    // Raw answers are shown as Qualys sends them, so they are asked for without compression.
    auto made = app::make_source(*input, !options.raw);
    if (!made)
    {
        with.origin.error(trouble_id::setup, fmt::format("SetupError 102: {}. Nothing was pulled", made.error()));
        return exit_status::misconfigured;
    }
    auto source = std::move(*made);
    // The copy is made below everything that reads the answer, so it shows each byte.
    if (options.raw)
        source = std::make_unique<shown_stream>(std::move(source));

    const auto service = app::make_service(
        configured,
        *input,
        read.value->hostname,
        options.until,
        app::make_obfuscator(configured),
        tables_to_look_into(*read.value, *input, configured, with.origin)
    );
    bool good = false;
    app::run_to_end(io, pull_into(options, *input, *service, *source, with.origin, io.get_executor(), good));
    std::fflush(stdout);
    return good ? exit_status::done : app::exit_status::failed;
}

}  // namespace qdc::cli
