#pragma once

#include "base/utc.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace qdc::status
{

/// Figures for people.

/// "1,234,567"
std::string counted(std::uint64_t number);

/// "1 host", "2 hosts"
std::string plural(std::uint64_t number, std::string_view noun);

/// "412 B", "4.0 MiB"
std::string bytes(double number);

/// "42 s", "3 min", "2 h 5 min", "4 days"; what is below zero counts as nothing.
std::string span(std::chrono::duration<double> length);

/// "3 min ago"
std::string ago(utc_time time, utc_time now);

/// "10:08:08 UTC", with its date when that is another one than today's.
std::string clock(utc_time time, utc_time now);

}  // namespace qdc::status
