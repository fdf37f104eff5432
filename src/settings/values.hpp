#pragma once

#include "base/utc.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace qdc::settings
{

/// Spellings of single values. Nothing: the text is no such value.

/// true, yes, on, 1 and false, no, off, 0, in any case: what YAML 1.1 and the official configuration take.
std::optional<bool> parse_flag(std::string_view text);

/// Decimal digits with an optional sign; no blanks, no fraction. "010" is ten.
std::optional<std::int64_t> parse_whole(std::string_view text);

/// A finite decimal number: "0.8", "1", "-1.0", "1e3".
std::optional<double> parse_decimal(std::string_view text);

/// "15m": a count and one of s, m, h, d, w, M (30 days), y (365 days); without a unit: seconds. At least 1 s.
std::optional<std::chrono::seconds> parse_period(std::string_view text);

/// "host", "host:8443", "[2001:db8::1]:443".
struct endpoint
{
    std::string host;  ///< without brackets
    std::string port;  ///< empty: none was given
};

/// Nothing when there is a scheme, a path, a blank, user information or an impossible port.
std::optional<endpoint> parse_endpoint(std::string_view text);

/// "https" of "https://host"; empty when there is none.
std::string_view scheme_of(std::string_view text);

/// The text with `****` for what stands before its last `@`: user names and passwords of an address.
std::string without_user(std::string_view text);

/// The same of a text of any kind, where a colon in front of that @ makes a login of it: `user:password@host`, or an
/// address with one. A bare `me@example.com` stays.
std::string without_login(std::string_view text);

/// As parse_utc(), for every year of four digits: one before 1970 is utc_time::min(), one after 2199 utc_time::max().
std::optional<utc_time> parse_moment(std::string_view text);

/// A Devo tag: 2 to 6 levels of letters, digits, `_` and `-`, with dots between, at most 1,024 characters in all
/// (Devo documentation, "About Devo tags"; the length is what the official senders enforce).
bool is_tag(std::string_view text);

/// Well-formed UTF-8: no overlong form, no surrogate, nothing beyond U+10FFFF.
bool is_utf8(std::string_view text);

/// What a sample or a template leaves for somebody to fill in: `<password_value>`, `${VAR}`, `{{ var }}`.
bool is_placeholder(std::string_view text);

/// Without blanks, tabs and line breaks at both ends.
std::string_view trim(std::string_view text);

/// What pasting from a formatted page leaves around a value.
struct tidied
{
    std::string text;
    bool commas{false};  ///< commas at the end were dropped
    bool quotes{false};  ///< typographic quotes around it were dropped
};

/// Takes off commas at the end and typographic quotes on both sides, with the blanks around them.
tidied tidy(std::string_view text);

/// Whether a typographic quote stands at one end of it.
bool has_typographic_end(std::string_view text);

/// Bytes of the typographic quote that `text` begins with: 0 when there is none. Double and single ones.
std::size_t typographic_quote(std::string_view text);

}  // namespace qdc::settings
