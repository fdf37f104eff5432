#include "app/systemd_state.hpp"

#include "app/notify.hpp"
#include "base/count_of.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string_view>

namespace qdc::app::systemd_state
{

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace
{

constexpr const char* farewell = "Stopping: what was sent is being confirmed";

/// The moment up to which every service's data is at Devo.
std::optional<utc_time> slowest_watermark(const collector_report& report)
{
    std::optional<utc_time> slowest;
    for (const auto& service : report.services)
    {
        if (service.phase == service_phase::refused || service.phase == service_phase::stopped)
            continue;  // counted by themselves; their date would hide how the others fare
        if (!service.watermark)
            return std::nullopt;
        slowest = slowest ? std::min(*slowest, *service.watermark) : *service.watermark;
    }
    return slowest;
}

std::string plain_date(utc_time time)
{
    // "2024-01-10 09:45:00.123" becomes "2024-01-10 09:45:00".
    constexpr std::size_t up_to_seconds = std::string_view("2024-01-10 09:45:00").size();
    return utc_millis(time).substr(0, up_to_seconds);
}

}  // namespace

void ready()
{
    notify("READY=1");
}

void reloading()
{
    // systemd from 253 on wants the moment, to distinguish this reload's end from an earlier one's (sd_notify(3)).
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    notify(fmt::format(
        "RELOADING=1\nMONOTONIC_USEC={}", std::chrono::duration_cast<std::chrono::microseconds>(now).count()
    ));
}

void stopping()
{
    notify(fmt::format("STOPPING=1\nSTATUS={}", farewell));
}

void status(const std::string& text)
{
    notify("STATUS=" + text);
}

std::string status_text(const collector_report& report)
{
    if (report.stopping)
        return farewell;
    const auto count = [&report](service_phase phase)
    { return std::ranges::count(report.services, phase, &service_report::phase); };
    const auto total = report.services.size();
    // "4 services", then how fresh the data is, then what does not go as it should.
    auto text = count_of(total, "service");
    if (const auto fresh = slowest_watermark(report))
        text += fmt::format(", fresh to {} UTC", plain_date(*fresh));
    if (const auto waiting = count(service_phase::waiting); waiting != 0)
        text += fmt::format(", {} waiting", waiting);
    if (const auto refused = count(service_phase::refused); refused != 0)
        text += fmt::format(", {} refused", refused);
    if (const auto stopped = count(service_phase::stopped); stopped != 0)
        text += fmt::format(", {} stopped", stopped);
    return text;
}

asio::awaitable<void> update_status(std::function<collector_report()> look, time_source& time)
{
    for (;;)
    {
        status(status_text(look()));
        co_await time.sleep_for(10s);
    }
}

asio::awaitable<void> feed_watchdog(time_source& time)
{
    const auto period = watchdog_period();
    if (!period)
        co_return;
    // Half of it, as sd_watchdog_enabled(3) advises: one late turn of the loop is forgiven.
    const auto pause = *period / 2;
    for (;;)
    {
        notify("WATCHDOG=1");
        co_await time.sleep_for(pause);
    }
}

}  // namespace qdc::app::systemd_state
