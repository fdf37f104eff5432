#pragma once

#include "base/error.hpp"
#include "decode/element_names.hpp"
#include "decode/json_string.hpp"
#include "decode/limits.hpp"
#include "decode/progress.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace qdc::decode
{

/// Memory bounds of a scan_rows.
struct scan_limits
{
    std::size_t record_bytes{record_limit_bytes};  ///< one object of the array
    std::size_t field_bytes{field_limit_bytes};    ///< one string; a longer one is cut
    std::size_t pause_bytes{64u << 10};            ///< events waiting to be taken
};

/// Reads the answer of a scan fetch (Qualys VM API, scan fetch, output_format=json_extended) as it arrives: a flat
/// array of objects that are distinguished by their keys. Each finding, an object with "qid", or with the host's "ip" or
/// "dns" and a member that only findings have, becomes an event: its JSON with "scan_reference" put in front. Members stay
/// as fetched and in order, numbers keep their digits; white space between them goes, letters escaped as \u become UTF-8,
/// "\/" becomes "/". A lone surrogate and what is no UTF-8 becomes U+FFFD. A control character that stands in a string
/// unescaped, which JSON forbids, is taken and escaped.
///
/// A member of a finding that is named as one of ours (is_own_member) is dropped, and so is a second one of the same
/// name: both are counted.
///
/// Holds one object at most, never the array.
class scan_rows
{
public:
    /// `reference` ("scan/1763800000.10001") goes into each event.
    explicit scan_rows(std::string_view reference, scan_limits limits = {});

    /// Reads from the front of `bytes` and shortens it. Paused: take() the events, then feed the rest, also an empty
    /// one. errc::not_a_document: the first byte that is not blank is no '[', so it is an error as XML or HTML; `bytes`
    /// still begins with that byte. errc::json_malformed, errc::record_too_large: see offset().
    [[nodiscard]] result<progress> feed(std::string_view& bytes);

    /// Nothing comes any more. errc::json_malformed: the array is not closed. errc::not_a_document: there was nothing, or
    /// elements of which none is a scan's.
    [[nodiscard]] error_code finish();

    /// Removes and returns the events completed so far.
    std::vector<std::string> take();

    /// "reference" of the summary object; empty until it was read.
    const std::string& reference() const noexcept { return reference_; }

    /// "status" of the summary object: "Finished", "Canceled" …
    const std::string& status() const noexcept { return status_; }

    /// Whether the optional trailer was read: the hosts that were not scanned.
    bool trailer_seen() const noexcept { return trailer_seen_; }

    /// Surrogates and ill-formed subsequences replaced by U+FFFD.
    std::uint64_t replaced() const noexcept { return string_.replaced(); }

    /// Strings of findings that were cut.
    std::uint64_t cut() const noexcept { return string_.cut(); }

    /// Elements of the array that are neither header, summary, finding nor trailer.
    std::uint64_t unknown() const noexcept { return unknown_; }

    /// What the first of them are: "an object that begins with other".
    const std::vector<std::string>& unknown_names() const noexcept { return unknown_names_; }

    /// Members of findings that were dropped.
    std::uint64_t dropped() const noexcept { return dropped_; }

    /// The names of the first of them.
    const std::vector<std::string>& dropped_names() const noexcept { return dropped_names_; }

    /// Bytes read; after an error the place of the byte that broke a rule.
    std::uint64_t offset() const noexcept { return offset_; }

    /// What stands there; empty without an error.
    const std::string& excerpt() const noexcept { return excerpt_; }

private:
    enum class expecting : std::uint8_t
    {
        document,
        first_value,
        value,
        first_key,
        key,
        colon,
        separator,
        end,
        token_rest,
        string_rest,
    };

    enum class kind : std::uint8_t
    {
        unclear,
        row,
        header,
        trailer,
    };

    void read(std::string_view& bytes);
    bool step(char c);
    bool begin(char c);
    bool begin_value(char c);
    bool open(char c);
    bool close(char c);
    void begin_string(bool key);
    void read_string(std::string_view& bytes);
    void end_string();
    bool end_token();
    void end_object();
    void note_key(std::string_view key);
    bool is_dropped(std::string_view key);
    void note_unknown(std::string words);
    void write(char c);

    bool in_element() const { return open_.size() == 2 && open_[1] == '{'; }

    bool fail(errc error);

    std::string prefix_;
    scan_limits limits_;
    expecting next_{expecting::document};
    std::string open_;           ///< brackets and braces not closed yet
    std::size_t mark_bytes_{0};  ///< of a byte order mark, seen so far
    error_code failure_;
    std::uint64_t offset_{0};
    std::string excerpt_;

    kind kind_{kind::unclear};  ///< of the element of the array that is being read
    bool storing_{false};       ///< it may be a row
    bool has_launch_date_{false};
    bool has_reference_{false};
    bool has_host_{false};
    bool has_finding_{false};
    std::string first_key_;
    std::string record_;
    std::string element_reference_;
    std::string element_status_;

    json_string string_;
    std::string token_;     ///< a number or a literal
    bool key_{false};       ///< the string is a key
    bool dropping_{false};  ///< the member that is read is none of the record
    element_names keys_{{}, {}};
    std::vector<std::uint64_t> seen_in_;  ///< by a key's id: the element of the array that had it last
    std::uint64_t element_{0};            ///< number of the one that is read
    std::uint64_t dropped_{0};
    std::vector<std::string> dropped_names_;
    std::string* wanted_{};  ///< where the value of the last key belongs besides the record

    std::vector<std::string> ready_;
    std::size_t ready_bytes_{0};
    std::string reference_;
    std::string status_;
    bool trailer_seen_{false};
    bool known_{false};  ///< an element was header, summary, finding or trailer
    std::uint64_t unknown_{0};
    std::vector<std::string> unknown_names_;
};

}  // namespace qdc::decode
