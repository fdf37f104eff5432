#pragma once

#include "base/secret.hpp"
#include "doctor/checks.hpp"
#include "ports/http_stream.hpp"
#include "ports/time_source.hpp"
#include "qualys/endpoint.hpp"
#include "qualys/limits.hpp"
#include "settings/settings.hpp"

#include <boost/asio/awaitable.hpp>

#include <string_view>

namespace qdc::doctor
{

/// The cheapest call that shows whether a service may be used: one record, or none.
qualys::call cheapest_call(std::string_view service, utc_time now);

/// Makes the cheapest call of each service; notes its permission and the quota left. Stops at the first that refuses the
/// credentials themselves.
boost::asio::awaitable<void>
check_services(settings::input of, http_stream& in, secret authorization, time_source& time, check_notes& notes);

/// What is left of an endpoint's quota, and whether it carries a call each period.
void check_quota(const qualys::limits& told, const settings::service& what, double share, check_notes& notes);

}  // namespace qdc::doctor
