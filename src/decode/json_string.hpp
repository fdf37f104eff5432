#pragma once

#include "decode/field_text.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace qdc::decode
{

/// Whether `text` is a JSON value that is written without quotes and brackets: a number, true, false or null (RFC 8259,
/// sections 3 and 6).
bool is_json_word(std::string_view text);

/// Reads one JSON string at a time, as it arrives, and resolves its escapes (RFC 8259, section 7). A lone surrogate and
/// each ill-formed subsequence of UTF-8 becomes U+FFFD. A control character that stands there unescaped is taken. A
/// string beyond `field_limit` bytes is cut, see field_text.
class json_string
{
public:
    /// A string keeps `field_limit` bytes at most.
    explicit json_string(std::size_t field_limit = field_limit_bytes) : text_(field_limit) {}

    /// How far read() came.
    enum class outcome
    {
        unfinished,  ///< wants more input
        closed,      ///< text() is complete
        malformed,   ///< no such escape; the input begins with the byte that is wrong
    };

    /// The opening quote was read. `keep` false: read over it, text() stays empty.
    void begin(bool keep);

    /// Reads from the front of `bytes`, which it shortens, to the closing quote.
    outcome read(std::string_view& bytes);

    /// The string, resolved; complete once read() has returned `closed`.
    const std::string& text() const noexcept { return text_.text(); }

    /// Whether text() holds what has to be escaped again: quotes, backslashes, controls.
    bool escaped() const noexcept { return escaped_; }

    /// Surrogates and ill-formed subsequences replaced so far, in all strings that were kept.
    std::uint64_t replaced() const noexcept { return replaced_; }

    /// Strings that were kept, but not completely.
    std::uint64_t cut() const noexcept { return cut_; }

private:
    void read_run(std::string_view& bytes);
    bool read_escape(char c);
    bool read_hex(char c);
    void end_hex();
    void settle_surrogate();
    void put(std::string_view text);
    void close();

    enum class inside : std::uint8_t
    {
        text,
        escape,  ///< a backslash was read
        hex,     ///< and a 'u'
    };

    field_text text_;
    bool keep_{false};
    bool escaped_{false};
    bool high_{false};  ///< bytes from 0x80 up were read
    inside at_{inside::text};
    char32_t unit_{0};  ///< of \uXXXX: the digits so far
    unsigned digits_{0};
    char32_t surrogate_{0};  ///< a high one that waits for its low one
    std::uint64_t replaced_{0};
    std::uint64_t cut_{0};
};

}  // namespace qdc::decode
