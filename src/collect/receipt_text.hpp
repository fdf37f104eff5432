#pragma once

#include "ports/log.hpp"
#include "ports/reports.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qdc::collect
{

/// As one line for the log.
std::string receipt_text(const receipt& cycle);

/// The same figures as members, for logs that have them: "outcome", "window_from", "window_until", "requests", "pages",
/// "bytes", "received", "filtered", "duplicate", "sent", "confirmed", "quarantined" (how many), "pulling_id".
log_fields receipt_fields(const receipt& cycle, const service_report& service);

/// As the event that follows a cycle's last one: a JSON object. Numbers are numbers; of the quarantined records the ids of
/// at most a hundred. It is confirmed with what is in front of it, so it says that all of that is.
std::string receipt_json(const receipt& cycle, const service_report& service);

/// That object as a frame, made at `now`.
std::string receipt_frame(std::string_view json, std::string_view host, std::string_view tag, utc_time now);

}  // namespace qdc::collect
