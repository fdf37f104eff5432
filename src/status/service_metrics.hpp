#pragma once

#include "ports/reports.hpp"
#include "status/metric_list.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace qdc::status
{

/// The name of a metric of ours.
std::string our_name(std::string_view name);

/// Seconds since 1970, the base unit of every `*_timestamp_seconds`.
double epoch_seconds(utc_time time);

/// The families that have a sample for each service of each input.
void add_service_metrics(metric_list& to, const std::vector<service_report>& services);

}  // namespace qdc::status
