#pragma once

#include "ports/reports.hpp"
#include "ports/time_source.hpp"

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <string>

/// What the program tells the service manager that started it: sd_notify(3). Nothing happens, and
/// nothing fails, when there is none ($NOTIFY_SOCKET is not set) or it does not listen.
namespace qdc::app::service_manager
{

/// Configuration loaded, state open, status port bound, services started; also the end of every reload, taken or refused.
void ready();

/// A reload begins now; ready() ends it.
void reloading();

void stopping();

/// One line for people, without its end; `systemctl status` shows it.
void status(const std::string& text);

/// The line for status(): "4 services, fresh to 2024-01-10 09:45:00 UTC, 2 waiting". The moment is that of the service
/// that is furthest behind; it is left out until every service that is not refused or stopped has one.
std::string status_text(const collector_report& of);

/// Keeps status() up to date, until it is stopped. `look` makes the report; it is called every 10 s.
boost::asio::awaitable<void> tell_status(std::function<collector_report()> look, time_source& time);

/// Tells the manager that the loop turns, twice in each of its periods ($WATCHDOG_USEC), until it is stopped. Ends at once
/// when the manager does not watch this process. A loop that hangs misses it, and the manager starts the program anew.
boost::asio::awaitable<void> feed_watchdog(time_source& time);

}  // namespace qdc::app::service_manager
