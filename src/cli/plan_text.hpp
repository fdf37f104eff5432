#pragma once

#include "base/utc.hpp"
#include "qualys/endpoint.hpp"
#include "services/service.hpp"
#include "settings/settings.hpp"
#include "status/report_reader.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace qdc::cli
{

/// The running instance, as its status endpoint reports it.
struct instance
{
    std::string url;
    std::string why_not;  ///< without a report
    std::optional<status::reported_calls> report;
};

/// What the next cycle of one service begins with.
struct planned
{
    const settings::input* input{nullptr};
    const settings::service* service{nullptr};
    std::uint64_t generation{0};  ///< of the checkpoint; 0: there is none
    std::string saved_at;
    std::string problem;  ///< not empty: of the checkpoint
    bool usable{true};    ///< the service can begin
    bool has_pages{false};
    services::time_window window;
    std::optional<qualys::call> call;
    std::string version;
    std::string path;
    std::string position;
    std::optional<utc_time> watermark;
    std::vector<services::quarantined> quarantined;
    std::optional<quota_report> quota;
    std::optional<status::reported_cycle> last;  ///< the running instance's last cycle of it
};

/// For people: a paragraph for each service.
std::string plan_text(const std::vector<planned>& all, const instance& running);

/// One JSON object and a line feed: {"now":…,"instance":{…},"services":[…]}.
std::string plan_json(const std::vector<planned>& all, const instance& running, utc_time now);

}  // namespace qdc::cli
