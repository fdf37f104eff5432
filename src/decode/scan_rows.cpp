#include "decode/scan_rows.hpp"

#include "base/json_text.hpp"
#include "base/own_members.hpp"
#include "base/text.hpp"
#include "decode/excerpt.hpp"

#include <algorithm>
#include <utility>

// The answer is an array of flat objects, distinguished by their keys:
//
//   [{"scan_report_template_title":"T", …},                                      header: skipped
//    {"launch_date":"…","reference":"scan/1.2","status":"Finished"},             summary: reference() and status()
//    {"ip":"10.0.0.1", "qid":38170, "port": 443, "qid": 1},                      finding: an event
//    {"ip":"10.0.0.1", "title":"T", "severity":"3"},                             finding too, although its QID is missing
//    {"target_distribution_across_scanner_appliances":"…", …}]                   trailer: trailer_seen()
//
// With the reference scan/1.2 the finding becomes, without white space and without the second "qid":
//
//   {"scan_reference":"scan/1.2","ip":"10.0.0.1","qid":38170,"port":443}
namespace qdc::decode
{
namespace
{

constexpr std::size_t deepest = 64;  // rows are flat; this bounds the memory of open_

constexpr std::size_t longest_token = 4096;  // of a number

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

/// What numbers and literals are made of.
bool is_token(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '+' ||
           c == '.';
}

/// Room in `out` for a long value as a JSON string: growing step by step would copy it, and hold it twice.
void make_room_for_json(std::string& out, std::string_view value)
{
    if (value.size() <= usual_bytes)
        return;
    const auto is_escaped = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\'; };
    const auto escapes = std::count_if(value.begin(), value.end(), is_escaped);
    constexpr std::size_t around = 16;  // quotes, and what closes the record
    out.reserve(out.size() + value.size() + static_cast<std::size_t>(escapes) + around);
}

/// Keys that only the trailer has; Qualys spells some of them with a comma.
bool is_trailer_key(std::string_view key)
{
    return key == "target_distribution_across_scanner_appliances" || key.starts_with("hosts_not_scanned") ||
           key.starts_with("host_not_scanned") || key.starts_with("no_vulnerabilities_match_your_filters");
}

/// Keys that say which host a finding is of; neither header nor summary has one.
bool is_host_key(std::string_view key)
{
    return key == "ip" || key == "dns";
}

/// Keys that only findings have.
bool is_finding_key(std::string_view key)
{
    return key == "title" || key == "severity" || key == "results" || key == "port" || key == "protocol";
}

}  // namespace

scan_rows::scan_rows(std::string_view reference, scan_limits limits)
    : prefix_("{\"scan_reference\":"),
      limits_(limits),
      string_(limits.field_bytes)
{
    append_json_string(prefix_, reference);
}

result<progress> scan_rows::feed(std::string_view& bytes)
{
    const auto offered = bytes;
    try
    {
        read(bytes);
    }
    // More different keys than element_names takes.
    catch (const boost::system::system_error& too_many_names)
    {
        failure_ = too_many_names.code();
    }
    const auto taken = offered.size() - bytes.size();
    offset_ += taken;
    if (failure_)
    {
        excerpt_ = excerpt_around(offered, taken);
        return failure_;
    }
    return ready_bytes_ < limits_.pause_bytes ? progress::hungry : progress::paused;
}

/// Reads until `bytes` is empty, enough events wait, or a rule is broken. Insides of strings are read in runs, all
/// other bytes one by one.
void scan_rows::read(std::string_view& bytes)
{
    while (!failure_ && !bytes.empty() && ready_bytes_ < limits_.pause_bytes)
    {
        if (next_ == expecting::string_rest)
        {
            read_string(bytes);
            continue;
        }
        if (!step(bytes.front()))
            fail(errc::json_malformed);
        if (!failure_)
            bytes.remove_prefix(1);
    }
}

error_code scan_rows::finish()
{
    if (!failure_ && next_ != expecting::end)
        failure_ = next_ == expecting::document ? errc::not_a_document : errc::json_malformed;
    // It has elements, and none of them is one of a scan's: it is something else, and no scan without findings.
    if (!failure_ && unknown_ != 0 && !known_)
        failure_ = errc::not_a_document;
    return failure_;
}

std::vector<std::string> scan_rows::take()
{
    ready_bytes_ = 0;
    return std::exchange(ready_, {});
}

/// One byte outside the runs of strings. False: it breaks the rules of JSON.
bool scan_rows::step(char c)
{
    // A number or a literal has no end of its own: the byte behind it ends it, and has its own meaning below.
    if (next_ == expecting::token_rest)
    {
        if (is_token(c))
        {
            token_ += c;
            return token_.size() <= longest_token;
        }
        if (!end_token())
            return false;
    }
    if (is_white_space(c))
        return true;
    switch (next_)
    {
        // Nothing but a byte order mark and blanks may stand in front of the array.
        case expecting::document:
            return begin(c);
        // Behind '[': the array may be empty.
        case expecting::first_value:
            return c == ']' ? close(c) : begin_value(c);
        case expecting::value:
            return begin_value(c);
        // Behind '{': the object may be empty.
        case expecting::first_key:
            if (c == '}')
                return close(c);
            if (in_element() && c == '"')
                write(',');  // the prefix is a member already
            [[fallthrough]];
        case expecting::key:
            begin_string(true);
            return c == '"';
        case expecting::colon:
            write(c);
            next_ = expecting::value;
            return c == ':';
        // Behind a value: a comma, or the bracket that closes what it stands in.
        case expecting::separator:
            if (c != ',')
                return close(c);
            // The member that was dropped is over when the next one of the element begins.
            dropping_ = dropping_ && !in_element();
            write(c);
            next_ = open_.back() == '{' ? expecting::key : expecting::value;
            return true;
        default:
            return false;  // something behind the array
    }
}

/// The first byte of the document that is not blank.
bool scan_rows::begin(char c)
{
    if (mark_bytes_ < byte_order_mark.size() && c == byte_order_mark[mark_bytes_])
    {
        ++mark_bytes_;
        return true;
    }
    return c == '[' ? open(c) : fail(errc::not_a_document);
}

/// The first byte of a value. An element of the array that is no object is only counted.
bool scan_rows::begin_value(char c)
{
    if (open_.size() == 1 && c != '{')
        note_unknown(c == '[' ? "an array" : "a plain value");
    if (c == '{' || c == '[')
        return open(c);
    if (c == '"')
    {
        begin_string(false);
        return true;
    }
    token_ = c;
    next_ = expecting::token_rest;
    return is_token(c);
}

/// Opens an object or an array; an object that is an element of the array begins a record.
bool scan_rows::open(char c)
{
    if (open_.size() == deepest)
        return false;
    open_ += c;
    next_ = c == '{' ? expecting::first_key : expecting::first_value;
    if (!in_element())
    {
        write(c);
        return true;
    }
    // It is written as a finding until its keys say that it is something else.
    kind_ = kind::unclear;
    storing_ = true;
    ++element_;
    has_launch_date_ = has_reference_ = has_host_ = has_finding_ = false;
    first_key_.clear();
    record_ = prefix_;
    return true;
}

/// Closes the innermost object or array. False: `c` does not fit it.
bool scan_rows::close(char c)
{
    if (c != (open_.back() == '{' ? '}' : ']'))
        return false;
    dropping_ = dropping_ && !in_element();
    write(c);
    if (in_element())
        end_object();
    open_.pop_back();
    next_ = open_.empty() ? expecting::end : expecting::separator;
    return true;
}

/// An element of the array is complete: a finding becomes an event, the summary is remembered.
void scan_rows::end_object()
{
    // Without "qid", two keys make it the summary, and two others a finding nevertheless.
    const bool summary = kind_ == kind::unclear && has_launch_date_ && has_reference_;
    const bool finding = kind_ == kind::row || (kind_ == kind::unclear && !summary && has_host_ && has_finding_);
    const bool known = kind_ != kind::unclear || summary || finding;
    known_ = known_ || known;
    if (finding)
    {
        ready_bytes_ += record_.size();
        if (record_.size() > usual_bytes)
            ready_.push_back(std::move(record_));
        else
            ready_.push_back(record_);  // a copy has no spare room, and record_ keeps its own
    }
    else if (summary)
    {
        reference_ = std::move(element_reference_);
        status_ = std::move(element_status_);
    }
    else if (!known)
    {
        note_unknown(first_key_.empty() ? "an object without members" : "an object that begins with " + first_key_);
    }
    storing_ = false;
    wanted_ = nullptr;
    element_reference_.clear();
    element_status_.clear();
}

/// An element of the array that gives no event.
void scan_rows::note_unknown(std::string words)
{
    constexpr std::size_t enough = 20;
    ++unknown_;
    if (unknown_names_.size() < enough)
        unknown_names_.push_back(std::move(words));
}

/// A key is always kept, to be looked at; a value only for the record, or where the summary is remembered.
void scan_rows::begin_string(bool key)
{
    key_ = key;
    string_.begin(key || (storing_ && !dropping_) || wanted_ != nullptr);
    next_ = expecting::string_rest;
}

void scan_rows::read_string(std::string_view& bytes)
{
    const auto outcome = string_.read(bytes);
    if (outcome == json_string::outcome::malformed)
        fail(errc::json_malformed);
    else if (record_.size() + string_.text().size() > limits_.record_bytes)
        fail(errc::record_too_large);
    else if (outcome == json_string::outcome::closed)
        end_string();
}

/// A string is closed: a key decides about its member, a value goes into the record.
void scan_rows::end_string()
{
    if (key_ && in_element())
    {
        note_key(string_.text());
        dropping_ = storing_ && is_dropped(string_.text());
    }
    else if (wanted_ != nullptr && in_element())
        *std::exchange(wanted_, nullptr) = string_.text();
    if (storing_ && !dropping_)
    {
        write('"');
        make_room_for_json(record_, string_.text());
        // Most strings have nothing to escape and are copied.
        if (string_.escaped())
            append_json_escaped(record_, string_.text());
        else
            record_ += string_.text();
        write('"');
    }
    next_ = key_ ? expecting::colon : expecting::separator;
}

/// A number or a literal is complete. It keeps its spelling, so numbers keep their digits. False: it is neither.
bool scan_rows::end_token()
{
    next_ = expecting::separator;
    wanted_ = nullptr;
    if (storing_ && !dropping_)
        record_ += token_;
    return is_json_word(token_);
}

/// A key of the element itself, not of something inside it.
void scan_rows::note_key(std::string_view key)
{
    wanted_ = nullptr;
    constexpr std::size_t shown = 60;
    if (first_key_.empty())
        first_key_ = key.substr(0, shown);
    has_host_ = has_host_ || is_host_key(key);
    has_finding_ = has_finding_ || is_finding_key(key);
    // The first key that only one kind has decides; a finding stays one.
    if (key == "qid")
        kind_ = kind_ == kind::unclear ? kind::row : kind_;
    else if (kind_ == kind::row)
        return;
    else if (key == "scan_report_template_title")
        kind_ = kind::header;
    else if (is_trailer_key(key))
        kind_ = kind::trailer;
    else if (key == "reference")
        wanted_ = &element_reference_;
    else if (key == "status")
        wanted_ = &element_status_;

    has_launch_date_ = has_launch_date_ || key == "launch_date";
    has_reference_ = has_reference_ || key == "reference";
    trailer_seen_ = trailer_seen_ || kind_ == kind::trailer;
    // What was written so far is no finding.
    if (kind_ == kind::header || kind_ == kind::trailer)
    {
        storing_ = false;
        record_.clear();
    }
}

/// Whether the member `key` is left out: the element has that key already, or it is named as one of ours.
/// Its comma stands in the record already, and goes.
bool scan_rows::is_dropped(std::string_view key)
{
    // Keys have small dense ids; the number of the element that had a key last shows whether this one has it twice.
    const auto id = keys_.at(key).id;
    if (id >= seen_in_.size())
        seen_in_.resize(id + id / 2 + 1);
    const bool again = std::exchange(seen_in_[id], element_) == element_;
    if (!again && !is_own_member(key))
        return false;
    constexpr std::size_t enough = 20;
    ++dropped_;
    if (dropped_names_.size() < enough)
        dropped_names_.emplace_back(key);
    record_.pop_back();
    return true;
}

/// Adds a byte to the record, if the element may be a finding and the member is not dropped.
void scan_rows::write(char c)
{
    if (!storing_ || dropping_)
        return;
    record_ += c;
    if (record_.size() > limits_.record_bytes)
        fail(errc::record_too_large);
}

/// True, so that a caller can hand it on: the byte was understood.
bool scan_rows::fail(errc error)
{
    failure_ = error;
    return true;
}

}  // namespace qdc::decode
