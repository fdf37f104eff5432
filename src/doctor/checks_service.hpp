#pragma once

#include "base/secret.hpp"
#include "doctor/checks.hpp"
#include "ports/http_stream.hpp"
#include "ports/time_source.hpp"
#include "qualys/api_versions.hpp"
#include "qualys/limits.hpp"
#include "services/service_kind.hpp"
#include "settings/settings.hpp"

#include <boost/asio/awaitable.hpp>

namespace qdc::doctor
{

/// Makes the cheapest call of each service; notes its permission and the quota left. Stops at the first that refuses the
/// credentials themselves, and returns false then.
boost::asio::awaitable<bool>
check_services(settings::input input, http_stream& source, secret authorization, time_source& time, check_notes& notes);

/// Warns of versions of a service's endpoints that Qualys removes soon.
void check_versions(
    const services::service_kind& kind, const qualys::api_versions& versions, utc_time now, check_notes& notes
);

/// What is left of an endpoint's quota, and whether it carries a call each period.
void check_quota(const qualys::limits& limits, const settings::service& service, double share, check_notes& notes);

}  // namespace qdc::doctor
