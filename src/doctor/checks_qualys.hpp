#pragma once

#include "doctor/checks.hpp"
#include "ports/time_source.hpp"
#include "settings/settings.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <optional>
#include <string_view>

namespace qdc::doctor
{

/// Everything between this machine and the data of one input: name, proxy, TLS, clock, login, for each service its
/// permission and quota, and what the account is and sees. What depends on a check that failed is skipped. After a
/// refused login nothing more is asked: accounts lock.
boost::asio::awaitable<void> check_input(settings::input input, time_source& time, check_notes notes);

/// How far the clock of the other side, which says `theirs`, is ahead of ours. The answer was made between the two
/// moments of ours; within them no difference can be seen, and a Date has full seconds.
std::chrono::seconds clock_skew(utc_time theirs, utc_time asked, utc_time answered);

}  // namespace qdc::doctor
