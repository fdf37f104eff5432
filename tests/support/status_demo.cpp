// Serves a made-up report on a port of the kernel's choice, which it prints: for the browser test, and to look at the page.
//   status_demo [busy|quiet|fresh] [port]
#include "status/server.hpp"
#include "support/made_up_report.hpp"
#include "support/recording_log.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>

using namespace qdc;
using namespace std::chrono_literals;

namespace
{

/// The report at `now` of a collector that was started three hours before `begin`.
collector_report report_of(const std::string& mood, utc_time begin)
{
    const auto now = std::chrono::system_clock::now();
    const auto running = 3h + std::chrono::duration_cast<std::chrono::seconds>(now - begin);
    if (mood == "quiet")
        return test::quiet_report(now, running);
    if (mood == "fresh")
        return test::fresh_report(now);
    return test::made_up_report(now, running);
}

}  // namespace

int main(int count, char** words)
{
    const std::string mood = count > 1 ? words[1] : "busy";
    const auto begin = std::chrono::system_clock::now();
    test::recording_log log;
    status::server_options options;
    options.port = static_cast<std::uint16_t>(count > 2 ? std::atoi(words[2]) : 0);

    boost::asio::io_context io(1);
    status::server server(
        io.get_executor(), options, [mood, begin] { return report_of(mood, begin); }, log_origin(log, "Status")
    );
    const auto failure = server.listen();
    if (failure)
    {
        std::fprintf(stderr, "%s\n", failure.message().c_str());
        return 1;
    }
    std::printf("%d\n", server.port());
    std::fflush(stdout);
    std::exception_ptr ended;
    boost::asio::co_spawn(io, server.run(), [&ended](std::exception_ptr thrown) { ended = std::move(thrown); });
    io.run();
    return ended ? 1 : 0;
}
