#pragma once

#include "doctor/checks.hpp"
#include "ports/time_source.hpp"
#include "settings/settings.hpp"

#include <boost/asio/awaitable.hpp>

namespace qdc::doctor
{

/// Everything between this machine and one output: certificates and key, name, TLS, and whether the other side accepts
/// our certificate. No byte of data is sent.
boost::asio::awaitable<void> check_output(settings::output output, time_source& time, check_notes notes);

}  // namespace qdc::doctor
