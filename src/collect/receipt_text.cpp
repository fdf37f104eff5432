#include "collect/receipt_text.hpp"

#include "base/count_of.hpp"
#include "base/json_object.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>

namespace qdc::collect
{

namespace
{

constexpr std::size_t most_ids = 100;

std::string window_text(const receipt& cycle)
{
    return fmt::format(
        "{} to {}",
        cycle.window_from ? utc_seconds(*cycle.window_from) : "the beginning",
        cycle.window_until ? utc_seconds(*cycle.window_until) : "the end"
    );
}

void add_moment(json_object& object, std::string_view name, const std::optional<utc_time>& moment)
{
    if (moment)
        object.text(name, utc_seconds(*moment));
    else
        object.value(name, "null");
}

std::string moment_text(const std::optional<utc_time>& moment)
{
    return moment ? utc_seconds(*moment) : std::string();
}

std::vector<std::string> first_ids(const service_report& service)
{
    // Bounded, because the receipt is one event and a quarantine may be large.
    std::vector<std::string> ids;
    for (const auto& one : service.quarantined)
        if (ids.size() < most_ids)
            ids.push_back(fmt::format("{}", one.id));
    return ids;
}

}  // namespace

std::string receipt_text(const receipt& cycle)
{
    auto text = fmt::format(
        "Receipt of pull cycle {}: {}; window {}; {}, {}, {}; {} received, {} filtered, {}, {} sent, {} confirmed",
        cycle.pulling_id,
        cycle.outcome,
        window_text(cycle),
        count_of(cycle.requests, "request"),
        count_of(cycle.pages, "page"),
        count_of(cycle.bytes, "byte"),
        count_of(cycle.received, "record"),
        cycle.filtered,
        count_of(cycle.duplicate, "duplicate"),
        cycle.sent,
        cycle.confirmed
    );
    // Any outcome but "complete" has its reason, at the end of the line.
    return cycle.why.empty() ? text : text + "; " + cycle.why;
}

log_fields receipt_fields(const receipt& cycle, const service_report& service)
{
    return {
        {"pulling_id", cycle.pulling_id},
        {"outcome", cycle.outcome},
        {"window_from", moment_text(cycle.window_from)},
        {"window_until", moment_text(cycle.window_until)},
        {"requests", cycle.requests},
        {"pages", cycle.pages},
        {"bytes", cycle.bytes},
        {"received", cycle.received},
        {"filtered", cycle.filtered},
        {"duplicate", cycle.duplicate},
        {"sent", cycle.sent},
        {"confirmed", cycle.confirmed},
        {"quarantined", service.quarantined.size()},
    };
}

std::string receipt_json(const receipt& cycle, const service_report& service)
{
    std::string json;
    json_object object(json);
    object.text("input", service.input).text("service", service.service);
    object.text("cycle", cycle.pulling_id).text("outcome", cycle.outcome);
    add_moment(object, "window_from", cycle.window_from);
    add_moment(object, "window_until", cycle.window_until);
    object.number("requests", cycle.requests);
    object.number("pages", cycle.pages);
    object.number("bytes", cycle.bytes);
    object.number("received", cycle.received);
    object.number("filtered", cycle.filtered);
    object.number("duplicate", cycle.duplicate);
    object.number("sent", cycle.sent);
    // True for whoever reads it: the receipt is confirmed together with everything that was sent in front of it.
    object.number("confirmed", cycle.sent);
    object.texts("quarantined", first_ids(service));
    add_moment(object, "watermark", service.watermark);
    object.text("version", QDC_VERSION).end();
    return json;
}

std::string receipt_frame(std::string_view json, std::string_view host, std::string_view tag, utc_time now)
{
    // Priority 14 is facility user, severity info (RFC 5424, section 6.2.1).
    return fmt::format("<14>{} {} {}: {}\n", utc_millis(now), host, tag, json);
}

}  // namespace qdc::collect
