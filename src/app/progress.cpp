#include "app/progress.hpp"

#include <fmt/format.h>

#include <chrono>
#include <map>
#include <utility>

namespace qdc::app
{

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace
{

constexpr auto pause = 5s;

/// How far a cycle was when it was last logged.
struct mark
{
    std::string pulling_id;
    std::uint64_t received{0};
};

std::string progress_text(const service_report& report, std::uint64_t since)
{
    const auto& now = *report.running;
    const auto rate = static_cast<double>(since) / std::chrono::duration<double>(pause).count();
    return fmt::format(
        "{}: {} pages, {} records received ({:.0f}/s), {} confirmed at Devo, now at {}{}{}",
        report.service,
        now.pages,
        now.received,
        rate,
        now.confirmed,
        report.position,
        report.doing.empty() ? "" : "; ",
        report.doing
    );
}

}  // namespace

asio::awaitable<void> log_progress(std::function<const parts&()> current, time_source& time, log_origin log)
{
    std::map<std::pair<std::string, std::string>, mark> logged;
    for (;;)
    {
        co_await time.sleep_for(pause);
        for (const auto& part : current().pullers)
        {
            part.puller->refresh_report();
            const auto& report = *part.report;
            if (!report.running)
                continue;
            auto& last = logged[{report.input, report.service}];
            // A line only for a cycle that ran at the last look too, so that short cycles bring none.
            const bool same = last.pulling_id == report.running->pulling_id;
            const auto since = report.running->received - (same ? last.received : 0);
            last = {report.running->pulling_id, report.running->received};
            if (same)
                log.info(progress_text(report, since));
        }
    }
}

}  // namespace qdc::app
