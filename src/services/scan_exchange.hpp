#pragma once

#include "services/exchange.hpp"
#include "services/scan_plan.hpp"
#include "services/service.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace qdc::services
{

/// What the exchanges of vm_scans share. The service owns it, and it outlives them.
struct scan_session
{
    scan_session(service_options configured, devo::event_style style)
        : options(std::move(configured)),
          plan(options),
          blank(std::move(style))
    {
    }

    service_options options;
    scan_plan plan;
    devo::event_writer blank;       ///< the writer of each exchange begins as its copy
    bool listed{false};             ///< this cycle has its list
    std::vector<listed_scan> list;  ///< so far, when it comes in parts
    std::string rest_of_list;       ///< the address of its next part; empty: the first
    std::size_t under_way{0};       ///< exchanges that are alive
    tally counts;
    std::vector<notice> notices;
    std::vector<std::string> noted;  ///< of lists: each is said once
    std::vector<std::string> messages;
};

/// The call for the list of scans.
std::unique_ptr<exchange> make_scan_listing(scan_session& session);

/// The call for the results of a scan; `fetch` is its number in the plan.
std::unique_ptr<exchange> make_scan_fetch(scan_session& session, std::size_t fetch);

}  // namespace qdc::services
