#pragma once

#include "ports/http_stream.hpp"
#include "ports/reports.hpp"
#include "ports/time_source.hpp"

#include <memory>
#include <string>

namespace qdc::collect
{

/// A source whose calls are seen from outside: `report.calls` has each one under way, with what it waits for, and
/// `report.moved` the moment of the last byte. Report and time outlive it. The source itself is made for the first call:
/// most lanes of most inputs never make one.
std::unique_ptr<http_stream> watch(source_maker make, service_report& report, const time_source& time);

/// What a service that is pulling waits for, for people: Qualys' first byte, its next one, Devo, or the disk; and for how
/// long, once that is noticeable.
std::string pulling_text(const service_report& report, time_source::time_point now);

}  // namespace qdc::collect
