#pragma once

#include "base/error.hpp"
#include "decode/activity_footer.hpp"
#include "decode/field_text.hpp"
#include "decode/limits.hpp"
#include "decode/progress.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
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

/// A row that could not be read.
struct unread_row
{
    std::uint64_t line{0};  ///< where it begins
    std::uint64_t bytes{0};
    std::string beginning;  ///< as excerpt_around() shows it

    bool operator==(const unread_row&) const = default;
};

/// Reads the answer of a user activity log (Qualys VM API, activity log, output_format=csv) as it arrives: RFC 4180, with
/// LF or CRLF, bare or between ----BEGIN_RESPONSE_BODY_CSV and ----END_RESPONSE_BODY_CSV, with or without a footer. Such
/// a marker counts only where it is an unquoted line. Characters that XML or UTF-8 forbids become U+FFFD.
///
/// A quote inside of a quoted field that nobody doubled is taken as it stands, and so are blanks around a quoted field. A
/// row that has too many fields or too few, or is too large, is left out (take_unread()); reading goes on behind it, at
/// the next line that begins with a date where a missing quote had swallowed it. Five in a row are no accident: then the
/// answer is malformed.
///
/// Holds one row at most, besides those waiting to be taken.
class activity_rows
{
public:
    using row = activity_row;

    /// Reads one answer: a further one needs a new object.
    explicit activity_rows(activity_limits limits = {});

    /// Reads from the front of `bytes` and shortens it. Paused: take() the rows, then feed the rest, also an empty one.
    /// errc::not_a_document: the first byte that is not blank is '<' (XML or HTML; `bytes` still begins with it), or the
    /// names of the columns hold no "Date". errc::csv_malformed: see line().
    [[nodiscard]] result<progress> feed(std::string_view& bytes);

    /// Nothing comes any more; this may complete a last row. errc::body_cut: a framed answer without its end.
    /// errc::csv_malformed: a bare answer ends inside of a row. errc::not_a_document: there was nothing.
    [[nodiscard]] error_code finish();

    /// Removes and returns the rows completed so far; each has as many fields as there are names.
    std::vector<row> take();

    /// Removes and returns the rows left out so far.
    std::vector<unread_row> take_unread() { return std::exchange(unread_, {}); }

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
        leading,  ///< blanks, perhaps in front of a quote
        plain,
        quoted,
        quote,     ///< a quote inside a quoted field: its end, or half of a doubled one, or part of the text
        trailing,  ///< blanks behind such a quote
    };

    /// A marker line, and the sections in front of it and behind it.
    struct boundary
    {
        std::string_view marker;
        section from;
        section to;
    };

    static const boundary boundaries[7];

    bool has_room() const { return ready_bytes_ < limits_.pause_bytes; }

    void read_again();
    void read_one(std::string_view& bytes);
    void read_run(std::string_view& bytes);
    void step(char c);
    void step_behind_quote(char c);
    void keep_raw(std::string_view bytes);
    void end_field();
    void end_line();
    void begin_row();
    void place_row();
    void leave_out();
    bool split_row();
    void note_unread(std::string_view text, std::uint64_t bytes);
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
    bool too_large_{false};  ///< the row is read over
    std::string blanks_;     ///< held back around a quoted field
    std::string raw_;        ///< the front of the row as it came
    std::uint64_t raw_bytes_{0};
    std::string again_;  ///< lines that a row had swallowed, to be read before anything else
    std::size_t again_at_{0};
    std::optional<std::string> split_;  ///< what comes in front of the rest of again_
    unsigned splits_{0};                ///< since the last good row
    std::vector<unread_row> unread_;
    unsigned unread_run_{0};  ///< rows in a row

    row names_;
    std::vector<row> footer_rows_;
    std::optional<activity_footer> footer_;
    std::vector<row> ready_;
    std::size_t ready_bytes_{0};
    std::uint64_t replaced_{0};
    std::uint64_t cut_{0};
    std::string excerpt_;
};

}  // namespace qdc::decode
