#include "app/service_manager.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include <systemd/sd-daemon.h>

namespace qdc::app::service_manager
{

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace
{

// The variables stay set: every later message needs them, and the program starts no children.
constexpr int keep_environment = 0;

constexpr const char* farewell = "Stopping: what was sent is being confirmed";

void tell(const std::string& message)
{
    // A manager that does not listen is no reason to stop collecting; it notices by itself.
    ::sd_notify(keep_environment, message.c_str());
}

/// The moment up to which every service's data is at Devo.
std::optional<utc_time> slowest_watermark(const collector_report& of)
{
    std::optional<utc_time> slowest;
    for (const auto& service : of.services)
    {
        if (service.phase == service_phase::refused || service.phase == service_phase::stopped)
            continue;  // told of by themselves; their date would hide how the others fare
        if (!service.watermark)
            return std::nullopt;
        slowest = slowest ? std::min(*slowest, *service.watermark) : *service.watermark;
    }
    return slowest;
}

std::string plain_date(utc_time at)
{
    constexpr std::size_t up_to_seconds = std::string_view("2024-01-10 09:45:00").size();
    return utc_millis(at).substr(0, up_to_seconds);
}

}  // namespace

void ready()
{
    tell("READY=1");
}

void reloading()
{
    // Managers from 253 on want the moment, to tell this reload's end from an earlier one's (sd_notify(3)).
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    tell(fmt::format(
        "RELOADING=1\nMONOTONIC_USEC={}", std::chrono::duration_cast<std::chrono::microseconds>(now).count()
    ));
}

void stopping()
{
    tell(fmt::format("STOPPING=1\nSTATUS={}", farewell));
}

void status(const std::string& text)
{
    tell("STATUS=" + text);
}

std::string status_text(const collector_report& of)
{
    if (of.stopping)
        return farewell;
    const auto count = [&of](service_phase phase)
    { return std::ranges::count(of.services, phase, &service_report::phase); };
    const auto total = of.services.size();
    auto text = fmt::format("{} service{}", total, total == 1 ? "" : "s");
    if (const auto fresh = slowest_watermark(of))
        text += fmt::format(", fresh to {} UTC", plain_date(*fresh));
    if (const auto waiting = count(service_phase::waiting); waiting != 0)
        text += fmt::format(", {} waiting", waiting);
    if (const auto refused = count(service_phase::refused); refused != 0)
        text += fmt::format(", {} refused", refused);
    if (const auto stopped = count(service_phase::stopped); stopped != 0)
        text += fmt::format(", {} stopped", stopped);
    return text;
}

asio::awaitable<void> tell_status(std::function<collector_report()> look, time_source& time)
{
    for (;;)
    {
        status(status_text(look()));
        co_await time.sleep_for(10s);
    }
}

asio::awaitable<void> feed_watchdog(time_source& time)
{
    std::uint64_t period = 0;  // microseconds
    if (::sd_watchdog_enabled(keep_environment, &period) <= 0)
        co_return;
    // Half of it, as sd_watchdog_enabled(3) advises: one late turn of the loop is forgiven.
    const std::chrono::microseconds pause(period / 2);
    for (;;)
    {
        tell("WATCHDOG=1");
        co_await time.sleep_for(pause);
    }
}

}  // namespace qdc::app::service_manager
