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

bool is_marker(std::string_view line)
{
    return line.starts_with("----BEGIN_RESPONSE_") || line.starts_with("----END_RESPONSE_");
}

bool same_name(std::string_view one, std::string_view upper)
{
    const auto same = [](char a, char b) { return (a >= 'a' && a <= 'z' ? a - 'a' + 'A' : a) == b; };
    return std::equal(one.begin(), one.end(), upper.begin(), upper.end(), same);
}

bool has_name(const activity_rows::row& names, std::string_view upper)
{
    return std::any_of(names.begin(), names.end(), [upper](const auto& name) { return same_name(name, upper); });
}

}  // namespace

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

result<progress> activity_rows::feed(std::string_view& in)
{
    const auto offered = in;
    while (!failure_ && !in.empty() && ready_bytes_ < limits_.pause_bytes)
    {
        read_run(in);
        if (failure_ || in.empty())
            break;
        step(in.front());
        if (!failure_)
            in.remove_prefix(1);
    }
    if (failure_)
    {
        excerpt_ = excerpt_around(offered, offered.size() - in.size());
        return failure_;
    }
    return ready_bytes_ < limits_.pause_bytes ? progress::hungry : progress::paused;
}

error_code activity_rows::finish()
{
    if (failure_)
        return failure_;
    const bool marker = at_ == inside::plain && row_.empty() && is_marker(field_.text());
    if (framed_ && in_row() && !marker)
        fail(errc::body_cut);
    else if (at_ == inside::quoted)
        fail(errc::csv_malformed);
    else if (in_row())
        end_line();
    if (failure_ && marker)
        fail(errc::body_cut);  // half a marker
    if (failure_)
        return failure_;

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

/// The bytes of a field up to one that step() has to look at.
void activity_rows::read_run(std::string_view& in)
{
    std::size_t size = 0;
    if (at_ == inside::quoted)
        size = std::min(in.find('"'), in.size());
    else if (at_ == inside::plain)
        size = std::min(in.find_first_of(",\n"), in.size());
    const auto run = in.substr(0, size);
    field_.append(run);
    line_ += static_cast<std::uint64_t>(std::count(run.begin(), run.end(), '\n'));
    in.remove_prefix(size);
    if (row_bytes_ + field_.size() > limits_.record_bytes)
        fail(errc::record_too_large);
}

void activity_rows::step(char c)
{
    switch (at_)
    {
        case inside::field_start:
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
            if (c == '"')
            {
                first_quoted_ = first_quoted_ || row_.empty();
                at_ = inside::quoted;
                return;
            }
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
            if (c == ',')
                return end_field();
            if (c == '\n')
                return end_line();
            if (c == '\r')
            {
                at_ = inside::carriage_return;
                return;
            }
            if (c != '"')
                return fail(errc::csv_malformed);
            field_.append({&c, 1});
            at_ = inside::quoted;
            return;
        case inside::carriage_return:
            return c == '\n' ? end_line() : fail(errc::csv_malformed);
    }
}

void activity_rows::end_field()
{
    if (field_.finish())
        ++cut_;
    auto& field = row_.emplace_back();
    replaced_ += append_scrubbed(field, field_.text(), forbidden::by_xml);
    row_bytes_ += sizeof(field) + field.size();  // a row of commas needs memory too
    field_.clear();
    at_ = inside::field_start;
}

void activity_rows::end_line()
{
    if (at_ == inside::plain && field_.text().ends_with('\r'))
        field_.pop_back();
    const bool blank = row_.empty() && field_.empty() && !first_quoted_;
    if (!blank)
    {
        end_field();
        place_row();
        if (failure_)
            return;
    }
    ++line_;
    row_line_ = line_;
    row_.clear();
    row_bytes_ = 0;
    first_quoted_ = false;
    at_ = inside::field_start;
}

void activity_rows::place_row()
{
    const bool marker = row_.size() == 1 && !first_quoted_ && is_marker(row_[0]);
    if (marker)
        return cross(trimmed(row_[0]));
    switch (section_)
    {
        case section::start:
            section_ = section::body;
            return place_names();
        case section::body:
            if (names_.empty())
                return place_names();
            if (row_.size() != names_.size())
                return fail(errc::csv_malformed);
            ready_bytes_ += row_bytes_;
            ready_.push_back(std::exchange(row_, {}));
            return;
        case section::footer:
            return place_footer_row();
        case section::preamble:
            return;
        case section::gap:
        case section::end:
            return fail(errc::csv_malformed);
    }
}

/// Without a date it is some text, however many commas it has: reading it as a log without rows would lose the window.
void activity_rows::place_names()
{
    if (!has_name(row_, "DATE"))
        return fail(errc::not_a_document);
    names_ = std::exchange(row_, {});
}

/// A word ("WARNING"), the names, the values.
void activity_rows::place_footer_row()
{
    if (footer_names_.empty())
    {
        if (has_name(row_, "CODE"))
            footer_names_ = std::exchange(row_, {});
        return;
    }
    if (footer_)
        return;
    auto& footer = footer_.emplace();
    for (std::size_t i = 0; i < std::min(row_.size(), footer_names_.size()); ++i)
    {
        if (same_name(footer_names_[i], "CODE"))
            footer.code = row_[i];
        else if (same_name(footer_names_[i], "TEXT"))
            footer.text = row_[i];
        else if (same_name(footer_names_[i], "URL"))
            footer.url = row_[i];
    }
}

void activity_rows::cross(std::string_view marker)
{
    const bool skips_end = framed_ && section_ == section::body && marker == footer_begin;
    const auto found = std::find_if(
        std::begin(boundaries),
        std::end(boundaries),
        [this, marker](const boundary& one) { return one.marker == marker && one.from == section_; }
    );
    if (skips_end || found == std::end(boundaries))
        return fail(errc::csv_malformed);
    framed_ = true;
    complete_ = complete_ || section_ == section::body;
    section_ = found->to;
}

}  // namespace qdc::decode
