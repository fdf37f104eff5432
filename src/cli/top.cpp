#include "cli/top.hpp"

#include "app/run_to_end.hpp"
#include "app/startup.hpp"
#include "cli/status_client.hpp"
#include "flow/task_group.hpp"
#include "logging/scrub.hpp"
#include "net/system_clock.hpp"
#include "status/report_reader.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

// On a terminal two coroutines of one group run side by side, until a key or a signal stops the group:
//
//   show -> draw_on()      GET /status.txt, draw, pause for 2 s, …
//   await_quit()           waits for the key q       -> stop
//   signals                SIGINT, SIGTERM           -> stop
namespace qdc::cli
{

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace
{

constexpr auto pause = 2s;
constexpr auto patience = 2s;
constexpr auto between_keys = 50ms;

// ECMA-48: to the upper left corner; erase to the end of the line; erase what is below.
constexpr std::string_view home = "\x1b[H";
constexpr std::string_view erase_line = "\x1b[K";
constexpr std::string_view erase_below = "\x1b[J";

/// The size of the terminal.
struct extent
{
    std::size_t columns{80};
    std::size_t rows{0};  ///< 0: no end
};

/// The terminal's; COLUMNS of the environment wins, as with other programs.
extent screen_extent()
{
    extent found;
    winsize terminal{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &terminal) == 0)
    {
        found.columns = terminal.ws_col != 0 ? terminal.ws_col : found.columns;
        found.rows = terminal.ws_row;
    }
    const char* const configured = std::getenv("COLUMNS");
    if (const auto columns = configured != nullptr ? std::atoi(configured) : 0; columns > 0)
        found.columns = static_cast<std::size_t>(columns);
    return found;
}

/// Keys come at once and unseen while this is there.
class terminal_keys
{
public:
    terminal_keys()
    {
        ::tcgetattr(STDIN_FILENO, &before_);
        auto keys = before_;
        keys.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
        ::tcsetattr(STDIN_FILENO, TCSANOW, &keys);
    }

    ~terminal_keys() { ::tcsetattr(STDIN_FILENO, TCSANOW, &before_); }

    terminal_keys(const terminal_keys&) = delete;
    terminal_keys& operator=(const terminal_keys&) = delete;

private:
    termios before_{};
};

/// The lines in place of those of before. What does not fit is left out: a terminal that scrolls cannot be drawn over.
std::string drawing(std::vector<std::string> lines, std::size_t rows)
{
    if (rows > 2 && lines.size() >= rows)
    {
        const auto left_out = lines.size() - (rows - 2);
        lines.resize(rows - 2);
        lines.push_back(fmt::format("({} more lines: `top --once` shows all)", left_out));
    }
    std::string out(home);
    for (const auto& line : lines)
        out.append(line).append(erase_line).append("\n");
    return out.append(erase_below);
}

/// The lines for a file or a pipe.
std::string plain(const std::vector<std::string>& lines)
{
    std::string out;
    for (const auto& line : lines)
        out.append(line).append("\n");
    return out;
}

/// The lines of a text that somebody else wrote: what would steer the terminal is escaped.
std::vector<std::string> lines_of(std::string_view text)
{
    std::vector<std::string> lines;
    while (!text.empty())
    {
        const auto line = text.substr(0, text.find('\n'));
        lines.push_back(logging::on_one_line(line));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
    }
    return lines;
}

/// JSON lets these stand in its strings as they are, terminals take them for commands: DEL, and U+0080 to U+009F.
std::string without_controls(std::string_view json)
{
    std::string out;
    for (std::size_t position = 0; position < json.size(); ++position)
    {
        const auto byte = static_cast<unsigned char>(json[position]);
        const auto next = position + 1 < json.size() ? static_cast<unsigned char>(json[position + 1]) : 0u;
        if (byte == 0x7f)
            out += "\\u007f";
        else if (byte == 0xc2 && next < 0xa0)
        {
            out += fmt::format("\\u{:04x}", next);
            ++position;
        }
        else
            out += json[position];
    }
    return out;
}

/// Text of the instance for so many columns. An error also when something else answers there.
asio::awaitable<result<std::string>> look(settings::status_endpoint endpoint, std::size_t columns, time_source& time)
{
    auto text = co_await fetch_status(endpoint, fmt::format("/status.txt?columns={}", columns), patience, time);
    if (text && text->find("qualys-devo-collector ") == std::string::npos)
        co_return make_error_code(boost::system::errc::protocol_error);
    co_return text;
}

/// The instance's report as JSON. An error also when something else answers there.
asio::awaitable<result<std::string>> look_at_json(settings::status_endpoint endpoint, time_source& time)
{
    auto body = co_await fetch_status(endpoint, "/status", patience, time);
    if (body && !status::read_reported_calls(*body))
        co_return make_error_code(boost::system::errc::protocol_error);
    co_return body;
}

/// Why nothing can be shown, and what to look at.
std::string no_answer(const settings::status_endpoint& endpoint, const error_code& failure)
{
    const bool is_other = failure == boost::system::errc::protocol_error;
    const auto why = is_other ? "what answers there is no qualys-devo-collector" : failure.message();
    return fmt::format(
        "No running instance answers at {} ({}). The address is that of globals.status in the configuration; the "
        "instance has to run on this machine, with the same one",
        status_url(endpoint),
        why
    );
}

/// Draws until it is stopped. An instance that is gone may come back: what was seen last stands until then.
asio::awaitable<void> draw_on(settings::status_endpoint endpoint, time_source& time, std::string first)
{
    // The screen is cleared once; from then on each drawing goes over the last one, so that nothing flickers.
    std::cout << "\x1b[2J";
    auto text = std::move(first);
    std::string lost;
    for (;;)
    {
        const auto extent = screen_extent();
        auto lines = lines_of(text);
        if (!lost.empty())
            lines.insert(lines.begin(), lost);
        std::cout << drawing(std::move(lines), extent.rows) << std::flush;
        // The terminal may have been resized meanwhile, so its size is asked for each time.
        co_await time.sleep_for(pause);
        auto seen = co_await look(endpoint, screen_extent().columns, time);
        lost = seen ? "" : fmt::format("NO ANSWER from {}; what is below is from before", status_url(endpoint));
        if (seen)
            text = std::move(*seen);
    }
}

/// Ends at the key q. The terminal is one that gives keys at once (terminal_keys).
asio::awaitable<void> await_quit(task_group& all)
{
    // It is looked at every now and then. To wait for it in the loop would make it non-blocking, and with it standard output
    // and whatever else shares it, beyond our end.
    const auto time = net::make_system_clock();
    for (char key = 0; key != 'q' && key != 'Q';)
    {
        pollfd input{STDIN_FILENO, POLLIN, 0};
        if (::poll(&input, 1, 0) != 1)
        {
            co_await time->sleep_for(between_keys);
            continue;
        }
        // The end of the input leaves the drawing running.
        if (::read(STDIN_FILENO, &key, 1) <= 0)
            co_return;
    }
    all.stop();
}

/// Looks once, then prints that or goes on drawing. `status`: failed when nothing answers.
asio::awaitable<void> show(
    settings::status_endpoint endpoint, top_options options, task_group& all, const log_origin& log, exit_status& status
)
{
    const auto time = net::make_system_clock();
    // The first look decides whether there is anything to draw.
    auto text = options.json ? look_at_json(endpoint, *time) : look(endpoint, screen_extent().columns, *time);
    auto seen = co_await std::move(text);
    if (!seen)
    {
        log.error(trouble_id::status_address, no_answer(endpoint, seen.error()));
        status = exit_status::failed;
        co_return;
    }
    if (options.json)
        std::cout << without_controls(*seen) << '\n';
    else if (options.once || ::isatty(STDOUT_FILENO) == 0)
        std::cout << plain(lines_of(*seen));
    else
    {
        // Before the first drawing: a key that came in between would be part of a line that has no end, and stay there.
        std::optional<terminal_keys> keys;
        if (::isatty(STDIN_FILENO) != 0)
        {
            keys.emplace();
            all.spawn("keys", await_quit(all));
        }
        co_await draw_on(endpoint, *time, std::move(*seen));
    }
}

/// Being interrupted is the ordinary end.
asio::awaitable<void>
until_interrupted(settings::status_endpoint endpoint, top_options options, const log_origin& log, exit_status& status)
{
    const auto ex = co_await asio::this_coro::executor;
    task_group all(ex);
    asio::signal_set signals(ex, SIGINT, SIGTERM);
    signals.async_wait(
        [&all](error_code ec, int)
        {
            if (!ec)
                all.stop();
        }
    );
    all.spawn("top", show(std::move(endpoint), std::move(options), all, log, status));
    co_await all.join();
    signals.cancel();
}

}  // namespace

exit_status top(const top_options& options)
{
    auto quiet = options;
    quiet.threshold = log_level::error;  // nobody asks what else there is to say of the configuration
    quiet.where.secrets = false;
    // The address is given, or that of the configuration.
    settings::status_endpoint endpoint;
    const auto output = app::make_program_log(quiet);
    logging::masking_log log(*output);
    const log_origin origin(log, "MainProcess::MainThread");
    if (!options.url.empty())
    {
        const auto named = parse_status_url(options.url);
        if (!named)
        {
            origin.error(
                trouble_id::status_address, "--url: write the address of a status endpoint, as http://127.0.0.1:9688"
            );
            return exit_status::usage;
        }
        endpoint = *named;
    }
    else
    {
        const auto read = app::load_settings(quiet, log);
        if (!read.value)
            return exit_status::misconfigured;
        endpoint = read.value->status;
    }
    if (const auto reason = why_no_status(endpoint); !reason.empty())
    {
        origin.error(trouble_id::status_address, fmt::format("There is no status endpoint to ask: {}", reason));
        return exit_status::failed;
    }
    asio::io_context io(1);
    auto status = exit_status::done;
    app::run_to_end(io, until_interrupted(endpoint, options, origin, status));
    return status;
}

}  // namespace qdc::cli
