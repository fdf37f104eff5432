#pragma once

#include <optional>
#include <string_view>

namespace qdc::sandbox
{

/// The parts of one line as Devo takes it: `<14>YYYY-MM-DD HH:MM:SS.mmm HOST TAG: {json}` (events(7), FRAME).
struct frame
{
    std::string_view time;
    std::string_view host;
    std::string_view tag;
    std::string_view event;  ///< the JSON object, braces included
};

/// Reads a line without its line break; nothing when any part is not exactly of that form.
std::optional<frame> parse_frame(std::string_view line);

/// An event without the members the collector adds at its end.
struct bare_event
{
    std::string_view body;  ///< from the opening brace to the last member, without the closing brace
    std::string_view environment;
    std::string_view pulling_id;
};

/// Takes `@devo_environment` and `@devo_pulling_id` off the end of `event`; they are recognised only in that order, at
/// that place and of that form (13 digits for the id). Nothing when `@devo_pulling_id` is not there.
std::optional<bare_event> strip_devo_members(std::string_view event);

}  // namespace qdc::sandbox
