#pragma once

#include "sandbox/world.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace qdc::sandbox
{

/// One event as the collector must send it, up to the members that Devo's side gets added: no closing brace.
struct expected_event
{
    std::string_view body;

    /// False: it may arrive, nobody demands it (older than the configured start, a poisoned host, a row that came
    /// behind the window).
    bool required = true;
};

using expected_sink = std::function<void(const expected_event&)>;

/// Makes every event of one service in every generation of the data. `latest_only` demands only the newest version
/// of each host. `in.settings` says with which filters the collector works; `in.past` what happened to the data.
void expect_events(const world& in, std::string_view service, bool latest_only, const expected_sink& sink);

/// What says which event a body is, whatever the rest of it: host and detection, scan and row, activity row. Empty
/// when it cannot be read. Two events with one identity but other bytes are versions of each other.
std::string identity_of(std::string_view service, std::string_view body);

}  // namespace qdc::sandbox
