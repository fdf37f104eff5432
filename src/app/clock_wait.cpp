#include "app/clock_wait.hpp"

#include <fmt/format.h>

#include <utility>

namespace qdc::app
{

namespace asio = boost::asio;
using namespace std::chrono_literals;

asio::awaitable<bool> wait_for_clock(
    utc_time start,
    std::optional<std::chrono::seconds> limit,
    std::string service,
    service_report& report,
    time_source& time,
    log_origin log
)
{
    if (start < time.utc_now())
        co_return true;
    const auto text = fmt::format(
        "{}: the clock shows {}, which is before start_time_utc, {}, and before times that have passed. There "
        "is no checkpoint, so the service waits until the clock is set",
        service,
        utc_seconds(time.utc_now()),
        utc_seconds(start)
    );
    log.warning(trouble_id::clock, text);
    report.failing = true;
    note_error(report.last_errors, time.utc_now(), trouble_id::clock, text);
    // Shown in the status for as long as it lasts; how long that is nobody knows.
    report.phase = service_phase::waiting;
    report.doing = "waits for the clock, which is behind start_time_utc";
    report.until.reset();
    report.start_failure = trouble_id::clock;

    // The clock is set by others, in one step or slowly: nothing reports it, so it is polled.
    const auto began = time.now();
    while (time.utc_now() <= start)
    {
        // A single cycle does not wait forever.
        if (limit && time.now() - began >= *limit)
        {
            log.error(
                trouble_id::clock,
                fmt::format("{}: the clock still shows {}: nothing is pulled", service, utc_seconds(time.utc_now()))
            );
            co_return false;
        }
        co_await time.sleep_for(1s);
    }
    report.failing = false;
    report.start_failure.reset();
    log.info(fmt::format("{}: the clock shows {} now: the service starts", service, utc_seconds(time.utc_now())));
    co_return true;
}

}  // namespace qdc::app
