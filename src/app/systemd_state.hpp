#pragma once

#include "ports/reports.hpp"
#include "ports/time_source.hpp"

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <string>

/// What the program reports about itself to systemd, which started it: sd_notify(3). Nothing happens, and nothing fails,
/// when something else started it ($NOTIFY_SOCKET is not set) or systemd does not listen.
namespace qdc::app::systemd_state
{

/// Configuration loaded, state open, status port bound, services started; also the end of every reload, taken or
/// refused.
void ready();

/// A reload begins now; ready() ends it.
void reloading();

void stopping();

/// One line for people, without its end; `systemctl status` shows it.
void status(const std::string& text);

/// The line for status(): "4 services, fresh to 2024-01-10 09:45:00 UTC, 2 waiting". The moment is that of the service
/// that is furthest behind; it is left out until every service that is not refused or stopped has one.
std::string status_text(const collector_report& report);

/// Keeps status() up to date, until it is stopped. `look` makes the report; it is called every 10 s.
boost::asio::awaitable<void> update_status(std::function<collector_report()> look, time_source& time);

/// Reports that the loop turns, twice in each period of the watchdog ($WATCHDOG_USEC), until it is stopped. Ends at once
/// when systemd does not watch this process. A loop that hangs misses it, and systemd starts the program again.
boost::asio::awaitable<void> feed_watchdog(time_source& time);

}  // namespace qdc::app::systemd_state
