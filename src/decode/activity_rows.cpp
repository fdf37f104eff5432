#include "decode/activity_rows.hpp"

#include "base/text.hpp"
#include "decode/characters.hpp"
#include "decode/excerpt.hpp"

#include <algorithm>
#include <utility>

namespace qdc::decode
{
namespace
{

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

constexpr std::string_view body_end = "----END_RESPONSE_BODY_CSV";
constexpr std::string_view footer_begin = "----BEGIN_RESPONSE_FOOTER_CSV";

/// Whether a line is one of the markers that frame the parts of an answer.
bool is_marker(std::string_view line)
{
    return line.starts_with("----BEGIN_RESPONSE_") || line.starts_with("----END_RESPONSE_");
}

// More white space than this around a quoted field is text.
constexpr std::size_t most_blanks = 64;

/// Whether a line begins with a date, quoted or not, or is a marker.
bool begins_as_row(std::string_view line)
{
    constexpr std::string_view shape = "0000-00-00";
    if (is_marker(line))
        return true;
    if (line.starts_with('"'))
        line.remove_prefix(1);
    const auto fits = [](char c, char form) { return form == '-' ? c == '-' : c >= '0' && c <= '9'; };
    return line.size() >= shape.size() &&
           std::equal(shape.begin(), shape.end(), line.begin(), [fits](char form, char c) { return fits(c, form); });
}

}  // namespace

// The sections of a framed answer in their order. A header is optional; a bare answer starts with the names of the
// columns and has no markers at all:
//
//   ----BEGIN_RESPONSE_BODY_CSV             start -> body
//   Date,Action,Module                      the names: each row has as many fields
//   2026-01-05T10:00:00Z,login,"a ""b"""    a row: `2026-01-05T10:00:00Z`, `login`, `a "b"`
//   2026-01-05T10:00:01Z,login,"say "no" x" a quote that nobody doubled stays: `say "no" x`
//   ----END_RESPONSE_BODY_CSV               body -> gap
//   ----BEGIN_RESPONSE_FOOTER_CSV           gap -> footer
//   CODE,TEXT,URL                           its rows are read by read_activity_footer()
//   ----END_RESPONSE_FOOTER_CSV             footer -> end
constexpr activity_rows::boundary activity_rows::boundaries[] = {
    {"----BEGIN_RESPONSE_HEADER_CSV", section::start, section::preamble},
    {"----END_RESPONSE_HEADER_CSV", section::preamble, section::start},
    {"----BEGIN_RESPONSE_BODY_CSV", section::start, section::body},
    {body_end, section::body, section::gap},
    {footer_begin, section::gap, section::footer},
    {footer_begin, section::body, section::footer},  // a bare body that has a footer nevertheless
    {"----END_RESPONSE_FOOTER_CSV", section::footer, section::end},
};

activity_rows::activity_rows(activity_limits limits) : limits_(limits), field_(limits.field_bytes) {}

result<progress> activity_rows::feed(std::string_view& bytes)
{
    const auto offered = bytes;
    // Lines that a broken row had swallowed come before anything new.
    read_again();
    while (!failure_ && !bytes.empty() && has_room())
    {
        read_one(bytes);
        read_again();
    }
    // The offered piece is only in sight here, so the excerpt of what broke a rule is taken now.
    if (failure_)
    {
        if (excerpt_.empty())
            excerpt_ = excerpt_around(offered, offered.size() - bytes.size());
        return failure_;
    }
    return has_room() ? progress::hungry : progress::paused;
}

error_code activity_rows::finish()
{
    // A quote that is missing in one of the last rows has swallowed the end.
    while (!failure_ && section_ == section::body && in_row() &&
           raw_.find('\n' + std::string(body_end)) != std::string::npos && split_row())
        read_again();
    if (failure_)
        return failure_;
    // The last line may come without a line feed: a marker, a complete row, or half of one.
    const bool marker = at_ == inside::plain && row_.empty() && is_marker(field_.text());
    const bool whole = at_ != inside::quoted && (names_.empty() || row_.size() + 1 == names_.size()) && !too_large_;
    // A framed answer that stops inside a row was cut; a bare one has no end of its own, so a complete last row is
    // taken.
    if (framed_ && in_row() && !marker)
        fail(errc::body_cut);
    else if (in_row() && !marker && !whole)
        fail(errc::csv_malformed);
    else if (in_row())
        end_line();
    if (failure_ && marker)
        fail(errc::body_cut);  // half a marker
    if (failure_)
        return failure_;

    // At the end each section tells whether the answer was complete.
    if (section_ == section::start && !framed_)
        fail(errc::not_a_document);
    else if (framed_ && section_ != section::gap && section_ != section::end)
        fail(errc::body_cut);
    else
        complete_ = true;
    return failure_;
}

std::vector<activity_rows::row> activity_rows::take()
{
    ready_bytes_ = 0;
    return std::exchange(ready_, {});
}

/// Lines that were swallowed: few bytes, so nothing pauses here.
void activity_rows::read_again()
{
    for (;;)
    {
        if (split_)
        {
            again_ = *std::exchange(split_, std::nullopt) + again_.substr(again_at_);
            again_at_ = 0;
        }
        if (failure_ || again_at_ == again_.size())
            break;
        auto rest = std::string_view(again_).substr(again_at_);
        read_one(rest);
        again_at_ = again_.size() - rest.size();
        if (failure_)
            excerpt_ = excerpt_around(again_, again_at_);
    }
}

/// A run of a field, and the byte that ends it.
void activity_rows::read_one(std::string_view& bytes)
{
    read_run(bytes);
    if (failure_ || bytes.empty())
        return;
    const char c = bytes.front();
    keep_raw(bytes.substr(0, 1));
    step(c);
    if (!failure_)
        bytes.remove_prefix(1);
}

/// The bytes of a field up to one that step() has to look at.
void activity_rows::read_run(std::string_view& bytes)
{
    std::size_t size = 0;
    if (at_ == inside::quoted)
        size = std::min(bytes.find('"'), bytes.size());
    else if (at_ == inside::plain)
        size = std::min(bytes.find_first_of(",\n"), bytes.size());
    // The text as it came is kept too, so that a broken row can be shown and split again.
    const auto run = bytes.substr(0, size);
    keep_raw(run);
    line_ += static_cast<std::uint64_t>(std::count(run.begin(), run.end(), '\n'));
    bytes.remove_prefix(size);
    if (!too_large_)
        field_.append(run);
    if (row_bytes_ + field_.size() <= limits_.record_bytes)
        return;
    // Names and footers have no limit of their own: one that is too large makes the answer unreadable. A row of the
    // body that is too large is read over to its end and left out there.
    if (section_ != section::body || names_.empty())
        return fail(errc::record_too_large);
    too_large_ = true;
    field_.clear();
    row_ = {};
    row_bytes_ = 0;
}

/// Keeps the front of the row as it came: only a row that fits completely can be split again.
void activity_rows::keep_raw(std::string_view bytes)
{
    constexpr std::size_t most = 64 * 1024;
    raw_bytes_ += bytes.size();
    if (raw_.size() < most)
        raw_ += bytes.substr(0, most - raw_.size());
}

/// One byte that may change the state: a quote, a separator, a blank, or the first byte of a field.
void activity_rows::step(char c)
{
    switch (at_)
    {
        case inside::field_start:
            // In front of the first field of an answer, '<' means XML or HTML; blanks and a byte order mark are passed
            // over.
            if (section_ == section::start && row_.empty())
            {
                if (c == '<')
                    return fail(errc::not_a_document);
                if (c == ' ' || c == '\t')
                    return;
                if (mark_bytes_ < byte_order_mark.size() && c == byte_order_mark[mark_bytes_])
                {
                    ++mark_bytes_;
                    return;
                }
            }
            // An ordinary first byte of a field.
            [[fallthrough]];
        case inside::leading:
            // A quote behind nothing but blanks opens a quoted field, and the blanks do not belong to it.
            if (c == '"')
            {
                first_quoted_ = first_quoted_ || row_.empty();
                blanks_.clear();
                at_ = inside::quoted;
                return;
            }
            // Blanks are held back until the next byte shows whether they are text.
            if ((c == ' ' || c == '\t') && blanks_.size() < most_blanks)
            {
                blanks_ += c;
                at_ = inside::leading;
                return;
            }
            // No quote follows: the blanks were text.
            field_.append(std::exchange(blanks_, {}));
            [[fallthrough]];
        case inside::plain:
            if (c == ',')
                return end_field();
            if (c == '\n')
                return end_line();
            field_.append({&c, 1});
            at_ = inside::plain;
            return;
        case inside::quoted:  // a quote, where the run ended
            at_ = inside::quote;
            return;
        case inside::quote:
            // Two quotes in a row are one quote of the text, and the field goes on (RFC 4180, section 2).
            if (c == '"' && blanks_.empty())
            {
                field_.append({&c, 1});
                at_ = inside::quoted;
                return;
            }
            [[fallthrough]];
        case inside::trailing:
            return step_behind_quote(c);
    }
}

/// The quote was the end of the field, if that is where it ends; otherwise it is part of the text.
void activity_rows::step_behind_quote(char c)
{
    // A separator: the quote closed the field, and blanks behind it are dropped.
    if (c == ',' || c == '\n')
    {
        blanks_.clear();
        return c == ',' ? end_field() : end_line();
    }
    // Blanks may still lead to a separator, so they are held back.
    if ((c == ' ' || c == '\t' || c == '\r') && blanks_.size() < most_blanks)
    {
        blanks_ += c;
        at_ = inside::trailing;
        return;
    }
    // Text follows: the quote was one that nobody doubled. It is kept, with its blanks, and the field goes on.
    field_.append("\"");
    field_.append(std::exchange(blanks_, {}));
    if (c != '"')
        field_.append({&c, 1});
    at_ = c == '"' ? inside::quote : inside::quoted;
}

/// Moves the field into the row, cut and scrubbed where it must be. Fields of a row that is too large are dropped.
void activity_rows::end_field()
{
    if (too_large_)
    {
        field_.clear();
        at_ = inside::field_start;
        return;
    }
    if (field_.finish())
        ++cut_;
    auto& field = row_.emplace_back();
    replaced_ += append_scrubbed(field, field_.text(), forbidden::by_xml);
    row_bytes_ += sizeof(field) + field.size();  // a row of commas needs memory too
    field_.clear();
    at_ = inside::field_start;
}

/// Ends the row. A line without text is passed over.
void activity_rows::end_line()
{
    if (at_ == inside::plain && field_.text().ends_with('\r'))
        field_.pop_back();
    field_.append(std::exchange(blanks_, {}));
    const bool blank = row_.empty() && trimmed(field_.text()).empty() && !first_quoted_ && !too_large_;
    if (!blank)
    {
        end_field();
        place_row();
        // After a split the new row has begun already, and split_row() has set the line.
        if (failure_ || split_)
            return;
    }
    ++line_;
    begin_row();
}

/// Resets everything that belongs to one row.
void activity_rows::begin_row()
{
    row_line_ = line_;
    row_.clear();
    row_bytes_ = 0;
    field_.clear();
    first_quoted_ = false;
    too_large_ = false;
    blanks_.clear();
    raw_.clear();
    raw_bytes_ = 0;
    at_ = inside::field_start;
}

/// Gives a complete row to the section it stands in.
void activity_rows::place_row()
{
    const bool marker = row_.size() == 1 && !first_quoted_ && is_marker(row_[0]);
    if (marker)
        return cross(trimmed(row_[0]));
    switch (section_)
    {
        // A bare answer: without any marker, its first row is the names.
        case section::start:
            section_ = section::body;
            return place_names();
        case section::body:
            if (names_.empty())
                return place_names();
            if (row_.size() != names_.size())
                // A row with too many or too few fields is left out, and reading goes on behind it.
                return leave_out();
            // A good row: what went wrong before was an accident.
            splits_ = unread_run_ = 0;
            ready_bytes_ += row_bytes_;
            ready_.push_back(std::exchange(row_, {}));
            return;
        case section::footer:
            return place_footer_row();
        case section::preamble:
            return;
        // Nothing but markers may stand behind the body and behind the footer.
        case section::gap:
        case section::end:
            return fail(errc::csv_malformed);
    }
}

/// Without a date it is some text, however many commas it has: reading it as a log without rows would lose the window.
void activity_rows::place_names()
{
    if (!has_column(row_, "DATE"))
        return fail(errc::not_a_document);
    names_ = std::exchange(row_, {});
}

/// The row cannot be read. What a missing quote made it swallow can.
void activity_rows::leave_out()
{
    if (!split_row())
        note_unread(raw_, raw_bytes_);
}

/// Notes a row that is left out. Several in a row without a good one between mean that the answer is malformed.
void activity_rows::note_unread(std::string_view text, std::uint64_t bytes)
{
    constexpr unsigned enough = 5;
    unread_.push_back({row_line_, bytes, excerpt_around(trimmed(text), 0)});
    if (++unread_run_ == enough)
        fail(errc::csv_malformed);
}

/// Leaves out the lines of the row up to one that looks as rows and markers do when they begin, and has the others read
/// again. False: there is none.
bool activity_rows::split_row()
{
    constexpr unsigned enough = 100;
    //   2026-01-05,"login        a quote that is not closed: the field goes on to the next quote
    //   2026-01-06,logout        swallowed by it, but it begins with a date: read again from here
    const bool complete = raw_bytes_ == raw_.size();
    for (auto end = raw_.find('\n'); complete && end != std::string::npos; end = raw_.find('\n', end + 1))
    {
        const auto rest = std::string_view(raw_).substr(end + 1);
        // The limit keeps an answer of broken rows from being read again without end.
        if (!begins_as_row(rest) || splits_ == enough)
            continue;
        ++splits_;
        const auto left_out = std::string_view(raw_).substr(0, end);
        note_unread(left_out, left_out.size());
        line_ = row_line_ + 1 + static_cast<std::uint64_t>(std::count(left_out.begin(), left_out.end(), '\n'));
        split_ = std::string(rest);
        begin_row();
        return true;
    }
    return false;
}

/// A footer has few rows; more than that are not kept.
void activity_rows::place_footer_row()
{
    constexpr std::size_t enough = 10;
    if (footer_rows_.size() < enough)
        footer_rows_.push_back(std::exchange(row_, {}));
}

/// A marker: moves to the section behind it, if it may stand here.
void activity_rows::cross(std::string_view marker)
{
    // A framed body needs its own end marker; only a bare one may go straight to a footer.
    const bool skips_end = framed_ && section_ == section::body && marker == footer_begin;
    const auto found = std::find_if(
        std::begin(boundaries),
        std::end(boundaries),
        [this, marker](const boundary& one) { return one.marker == marker && one.from == section_; }
    );
    if (skips_end || found == std::end(boundaries))
        return fail(errc::csv_malformed);
    framed_ = true;
    // The footer is complete with its end marker.
    if (section_ == section::footer)
        footer_ = read_activity_footer(footer_rows_);
    complete_ = complete_ || section_ == section::body;
    section_ = found->to;
}

}  // namespace qdc::decode
