#pragma once

#include "ports/reports.hpp"

namespace qdc::test
{

/// A collector with two inputs in which nearly everything that can be shown is there: each phase, quarantined hosts,
/// errors (one with markup in its text), a full quota, an output that is away, a certificate that ends soon. `running` is
/// how long it has been at work; counters grow with it.
collector_report made_up_report(utc_time now, std::chrono::seconds running);

/// A collector to which nothing bad has happened.
collector_report quiet_report(utc_time now, std::chrono::seconds running);

/// A collector that has just been started.
collector_report fresh_report(utc_time now);

}  // namespace qdc::test
