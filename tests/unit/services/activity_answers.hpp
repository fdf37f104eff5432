#pragma once

#include "by_hand.hpp"
#include "services/activity.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// A namespace of its own: other services have their noon too.
namespace qdc::services::test::activity
{

inline service_options usual()
{
    service_options options;
    return options;
}

inline by_hand user_activity(const service_options& options = usual(), std::size_t piece = std::string::npos)
{
    return by_hand(make_user_activity(options, {"collector", "vuln.qualys.useractivitylog", "", {}}), piece);
}

// The first window: 24 hours up to a minute ago.
inline const auto noon = at("2026-11-22T12:00:00Z");
inline const auto later = at("2026-11-22T12:05:00Z");

struct row
{
    std::string date;
    std::string details;
    std::string user{"acme_ab1"};
};

inline row just(std::string_view time, std::string details)
{
    return {"2026-11-22T" + std::string(time) + "Z", std::move(details)};
}

inline std::string bare(const std::vector<row>& rows)
{
    std::string body = "\"Date\",\"Action\",\"Module\",\"Details\",\"User Name\",\"User Role\",\"User IP\"\n";
    for (const auto& one : rows)
        body += '"' + one.date + "\",\"login\",\"auth\",\"" + one.details + "\",\"" + one.user +
                "\",\"Manager\",\"203.0.113.4\"\n";
    return body;
}

inline std::string framed(const std::vector<row>& rows)
{
    return "----BEGIN_RESPONSE_BODY_CSV\n" + bare(rows) + "----END_RESPONSE_BODY_CSV\n";
}

inline std::string footer(std::string_view code, std::string_view text, std::string_view url)
{
    return "----BEGIN_RESPONSE_FOOTER_CSV\nWARNING\n\"CODE\",\"TEXT\",\"URL\"\n\"" + std::string(code) + "\",\"" +
           std::string(text) + "\",\"" + std::string(url) + "\"\n----END_RESPONSE_FOOTER_CSV\n";
}

/// A page that another one follows.
inline std::string page(const std::vector<row>& rows, std::uint64_t next)
{
    return framed(rows) +
           footer(
               "1980",
               "2 record limit exceeded.",
               "https://internal.example/api/2.0/fo/activity_log/?action=list&since_datetime=2001-01-01&id_max=" +
                   std::to_string(next)
           );
}

inline std::string event(const row& from)
{
    return R"({"Date":")" + from.date + R"(","Action":"login","Module":"auth","Details":")" + from.details +
           R"(","User Name":")" + from.user + R"(","User Role":"Manager","User IP":"203.0.113.4"})";
}

inline strings events_of(const std::vector<row>& rows)
{
    strings events;
    for (const auto& one : rows)
        events.push_back(event(one));
    return events;
}

/// One cycle with one page.
inline strings pulled(by_hand& activity, utc_time now, const std::vector<row>& rows)
{
    activity->begin_cycle(now);
    CHECK_FALSE(activity.answer(framed(rows)));
    CHECK(activity.is_over());
    return activity.events();
}

}  // namespace qdc::services::test::activity
