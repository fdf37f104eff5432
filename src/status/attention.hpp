#pragma once

#include "base/trouble_id.hpp"
#include "ports/reports.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace qdc::status
{

/// How long before its end a certificate is a warning, and when it is urgent; as the alert rules and `doctor`.
inline constexpr auto certificate_warning = std::chrono::hours(30 * 24);
inline constexpr auto certificate_alarm = std::chrono::hours(14 * 24);

/// Something that somebody should know.
struct trouble
{
    bool bad{false};  ///< worse than a warning
    std::string who;  ///< the service, output or certificate
    std::string text;
    std::string part;  ///< the same for programs: "service INPUT SERVICE", "output NAME", "certificate OUTPUT FILE",
                       ///< "reload"
    trouble_id id{trouble_id::internal};
};

/// Everything that needs attention, the bad ones first. The status page and `top` show it.
std::vector<trouble> troubles_of(const collector_report& all);

/// "bad" or "warn", as the page's colours.
std::string_view level_of(const trouble& one);

/// How things stand, in a few words. Good: all is up to date; calm: work is under way. Neither while a call has had no
/// byte for a minute, the last try of something failed, or a reload is refused.
struct headline
{
    std::string_view level;  ///< as level_of(), or "calm" or "good"
    std::string text;        ///< "All 4 services are up to date"
};

/// The first line of the status page and of `top`. `found` is what troubles_of() gave.
headline headline_of(const collector_report& all, const std::vector<trouble>& found);

/// What a service is called beside the others: with its input where there are several.
std::string name_of(const service_report& one, const collector_report& all);

/// Whether all services belong to one input, so that it need not be named.
bool one_input(const collector_report& all);

/// Whether an output tries to connect and fails.
bool cannot_connect(const output_report& report, utc_time now);

/// Whether it is connected, but the last connection was lost or not confirmed.
bool confirms_nothing(const output_report& report, utc_time now);

}  // namespace qdc::status
