#pragma once

#include "base/error.hpp"
#include "decode/field_text.hpp"
#include "decode/limits.hpp"
#include "decode/progress.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qdc::decode
{

/// Memory bounds of an activity_rows.
struct activity_limits
{
    std::size_t record_bytes{record_limit_bytes};  ///< one row
    std::size_t field_bytes{field_limit_bytes};    ///< one field; a longer one is cut
    std::size_t pause_bytes{64u << 10};            ///< text of the rows waiting to be taken
};

/// What the footer of a user activity log says. A page that was truncated has code 1980 and the address of the next one.
struct activity_footer
{
    std::string code;
    std::string text;
    std::string url;  ///< empty: this was the last page

    bool operator==(const activity_footer&) const = default;
};

/// Reads the answer of a user activity log (Qualys VM API, activity log, output_format=csv) as it arrives: RFC 4180, with
/// LF or CRLF, bare or between ----BEGIN_RESPONSE_BODY_CSV and ----END_RESPONSE_BODY_CSV, with or without a footer. Such
/// a marker counts only where it is an unquoted line. Characters that XML or UTF-8 forbids become U+FFFD.
///
/// Holds one row at most, besides those waiting to be taken.
class activity_rows
{
public:
    using row = std::vector<std::string>;

    explicit activity_rows(activity_limits limits = {});

    /// Reads from the front of `in` and shortens it. Paused: take() the rows, then feed the rest, also an empty one.
    /// errc::not_a_document: the first byte that is not blank is '<' (XML or HTML; `in` still begins with it), or the
    /// names of the columns hold no "Date". errc::csv_malformed, errc::record_too_large: see line().
    [[nodiscard]] result<progress> feed(std::string_view& in);

    /// Nothing comes any more; this may complete a last row. errc::body_cut: a framed answer without its end.
    /// errc::csv_malformed: a quote is not closed. errc::not_a_document: there was nothing.
    [[nodiscard]] error_code finish();

    /// Removes and returns the rows completed so far; each has as many fields as there are names.
    std::vector<row> take();

    /// The names of the columns, as the first row gives them; empty until it was read.
    const row& names() const noexcept { return names_; }

    /// Whether the end of the body was seen: its marker, or for a bare answer the end of the input.
    bool complete() const noexcept { return complete_; }

    /// Nothing: no footer was read so far.
    const std::optional<activity_footer>& footer() const noexcept { return footer_; }

    /// Forbidden characters and ill-formed subsequences replaced by U+FFFD.
    std::uint64_t replaced() const noexcept { return replaced_; }

    /// Where the row begins that is being read, or that broke a rule; from 1.
    std::uint64_t line() const noexcept { return row_line_; }

    /// What stands where a rule was broken; empty without an error, or when the end of the input broke it.
    const std::string& excerpt() const noexcept { return excerpt_; }

    /// Fields that were cut.
    std::uint64_t cut() const noexcept { return cut_; }

private:
    enum class section : std::uint8_t
    {
        start,
        preamble,  ///< between the markers of a response header, which says nothing
        body,
        gap,  ///< behind the body
        footer,
        end,
    };

    enum class inside : std::uint8_t
    {
        field_start,
        plain,
        quoted,
        quote,  ///< a quote inside a quoted field: its end, or half of a doubled one
        carriage_return,
    };

    /// A marker line, and the sections in front of it and behind it.
    struct boundary
    {
        std::string_view marker;
        section from;
        section to;
    };

    static const boundary boundaries[7];

    void read_run(std::string_view& in);
    void step(char c);
    void end_field();
    void end_line();
    void place_row();
    void place_names();
    void place_footer_row();
    void cross(std::string_view marker);

    bool in_row() const { return !row_.empty() || at_ != inside::field_start; }

    void fail(errc why) { failure_ = why; }

    activity_limits limits_;
    section section_{section::start};
    inside at_{inside::field_start};
    bool framed_{false};
    bool complete_{false};
    error_code failure_;
    std::uint64_t line_{1};
    std::uint64_t row_line_{1};
    std::size_t mark_bytes_{0};  ///< of a byte order mark, seen so far

    field_text field_;
    row row_;
    std::size_t row_bytes_{0};
    bool first_quoted_{false};

    row names_;
    row footer_names_;
    std::optional<activity_footer> footer_;
    std::vector<row> ready_;
    std::size_t ready_bytes_{0};
    std::uint64_t replaced_{0};
    std::uint64_t cut_{0};
    std::string excerpt_;
};

}  // namespace qdc::decode
