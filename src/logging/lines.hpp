#pragma once

#include "base/utc.hpp"
#include "ports/log.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace qdc::logging
{

/// A log record in the four forms it can leave in. Pure. All of them scrub: what is not UTF-8, and what could forge or
/// hide a line (control characters, line breaks, changes of the writing direction) comes out escaped. A text longer
/// than log_text_limit_bytes is cut, with a note of how much is missing.

/// Ten times what a person reads, and far below what a journal datagram may hold.
inline constexpr std::size_t log_text_limit_bytes = 32768;

/// "DEBUG", "INFO", "WARNING", "ERROR".
std::string_view name_of(log_level level) noexcept;

/// "debug", "info", "warning", "error": in JSON, and in the events about ourselves.
std::string_view lower_name_of(log_level level) noexcept;

/// The message, with the id of a warning or an error at its end: "message [output_lost]". Cut and scrubbed.
std::string message_text(const log_record& record);

/// "2023-01-10T15:22:57.146    INFO InputProcess::X -> message" and a line feed, as the official collector writes;
/// the fields are left out.
std::string text_line(const log_record& record, utc_time time);

/// text_line() behind "<6>": the priority that journald and others read at the start of a line (sd-daemon(3)).
std::string prefixed_line(const log_record& record, utc_time time);

/// {"time":"…Z","level":"warning","origin":"…","message":"…","id":"…","input":"…",…} and a line feed: the id of
/// warnings and errors, then a member for each field. Numbers are numbers.
std::string json_line(const log_record& record, utc_time time);

/// One datagram of the native journal protocol (systemd, "Native Journal Protocol"): PRIORITY, SYSLOG_IDENTIFIER,
/// ORIGIN, MESSAGE ("origin -> message [id]"), ID of a warning or an error, and each field under its name in upper
/// case. A field whose name the journal would refuse, or that is one of the five, gets the prefix FIELD_.
std::string journal_datagram(const log_record& record, std::string_view identifier);

}  // namespace qdc::logging
