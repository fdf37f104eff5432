#include "collect/receipt_text.hpp"

#include "base/count_of.hpp"
#include "base/json_text.hpp"

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

/// One JSON object, member by member.
class object_text
{
public:
    void add(std::string_view name, std::string_view text)
    {
        begin(name);
        append_json_string(json_, text);
    }

    void add(std::string_view name, std::uint64_t number)
    {
        begin(name);
        json_ += std::to_string(number);
    }

    void add(std::string_view name, const std::optional<utc_time>& moment)
    {
        if (moment)
            return add(name, utc_seconds(*moment));
        begin(name);
        json_ += "null";
    }

    void add(std::string_view name, const std::vector<std::string>& texts)
    {
        begin(name);
        json_ += '[';
        for (const auto& text : texts)
        {
            if (json_.back() != '[')
                json_ += ',';
            append_json_string(json_, text);
        }
        json_ += ']';
    }

    std::string take() { return std::move(json_) + '}'; }

private:
    void begin(std::string_view name)
    {
        json_ += json_.empty() ? '{' : ',';
        append_json_string(json_, name);
        json_ += ':';
    }

    std::string json_;
};

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
    object_text json;
    json.add("input", service.input);
    json.add("service", service.service);
    json.add("cycle", cycle.pulling_id);
    json.add("outcome", cycle.outcome);
    json.add("window_from", cycle.window_from);
    json.add("window_until", cycle.window_until);
    json.add("requests", cycle.requests);
    json.add("pages", cycle.pages);
    json.add("bytes", cycle.bytes);
    json.add("received", cycle.received);
    json.add("filtered", cycle.filtered);
    json.add("duplicate", cycle.duplicate);
    json.add("sent", cycle.sent);
    // True for whoever reads it: the receipt is confirmed together with everything that was sent in front of it.
    json.add("confirmed", cycle.sent);
    json.add("quarantined", first_ids(service));
    json.add("watermark", service.watermark);
    json.add("version", QDC_VERSION);
    return json.take();
}

std::string receipt_frame(std::string_view json, std::string_view host, std::string_view tag, utc_time now)
{
    // Priority 14 is facility user, severity info (RFC 5424, section 6.2.1).
    return fmt::format("<14>{} {} {}: {}\n", utc_millis(now), host, tag, json);
}

}  // namespace qdc::collect
