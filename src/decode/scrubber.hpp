#pragma once

#include "decode/document_start.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace qdc::decode
{

/// Stands in front of an XML parser and makes broken XML readable:
///  - What stands before an XML declaration is dropped: a byte order mark, blanks, text, comments. Without a
///    declaration only what stands before the first markup is. A text without any markup passes, so that the parser
///    reports it.
///  - A character that XML 1.0 forbids (section 2.2) and each maximal ill-formed subsequence of UTF-8 (Unicode 15,
///    section 3.9) becomes U+FFFD.
///  - A numeric reference to a forbidden character ("&#0;") becomes U+FFFD, except where it is no reference: in CDATA
///    sections, comments and processing instructions.
///
/// Good XML is not changed by a byte, but for indentation: between a tag and a start tag blanks behind a line feed, up
/// to 64 of them, are dropped. For Expat they would be one more token and one more call for each element: a twelfth of
/// the cost of a complete run (tests/bench). Text they would be only in an element that mixes text and elements,
/// between two of its children; the DTDs of Qualys' answers have none.
///
/// A document that declares another encoding keeps its bytes from 0x80 up; its forbidden controls are still replaced.
/// UTF-16 (known by its byte order mark) passes untouched. Holds at most 64 KiB, while it looks for the declaration.
class scrubber
{
public:
    /// Copies from the front of `bytes`, which it shortens, to `out`, which must not be empty. Returns how many bytes
    /// it wrote; fewer than out.size() means that all of `bytes` is taken. `last`: nothing comes after `bytes`.
    std::size_t scrub(std::string_view& bytes, std::span<char> out, bool last);

    /// Characters, references and ill-formed subsequences replaced so far.
    std::uint64_t replaced() const noexcept { return replaced_; }

    /// Whether the document is in UTF-8, or declares nothing else. Known once scrub() has written something.
    bool is_utf8() const noexcept { return utf8_ && !untouched_; }

    /// Bytes dropped in front of the document.
    std::uint64_t dropped() const noexcept { return dropped_; }

private:
    enum class place : std::uint8_t
    {
        content,
        cdata,
        comment,
        instruction,
    };

    /// A mark, and the places before and behind it.
    struct crossing
    {
        place from;
        std::string_view mark;
        place to;
    };

    static const crossing crossings[6];

    std::size_t pass(std::string_view& bytes, std::span<char> out, bool last);
    std::size_t copy_run(std::string_view& bytes, std::span<char> out);
    std::size_t cross_mark(std::string_view seen);
    void skip_indentation(std::string_view& bytes);
    std::size_t drain(std::span<char> out);
    void step(char c);
    bool step_indentation(char c);
    void end_indentation(bool drops);
    void step_sequence(char c);
    void step_reference(char c);
    void follow_markup(char c);

    void hold(char c) { held_[held_size_++] = c; }

    void emit(std::string_view bytes);
    void emit_replacement();

    std::string_view held() const { return {held_.data(), held_size_}; }

    std::optional<document_start> start_{std::in_place};  ///< until what it holds has passed
    bool started_{false};
    std::size_t start_passed_{0};

    place place_{place::content};
    bool utf8_{true};
    bool untouched_{false};
    std::size_t matched_{0};  ///< bytes seen of a mark, when it comes in pieces
    std::string_view mark_;   ///< that mark, or another with the same front

    char last_{0};            ///< the last byte that went out
    bool line_begun_{false};  ///< a line feed was the last byte, or blanks_ and tag_begun_ behind one
    std::size_t blanks_{0};   ///< held back: indentation, if a start tag follows
    bool tag_begun_{false};   ///< a "<" behind them is held back as well

    std::array<char, 64> held_{};  ///< the front of a sequence or of a reference: the next bytes decide what it is
    std::size_t held_size_{0};
    std::array<char, 128> ready_{};  ///< decided, but `out` was full
    std::size_t ready_at_{0};
    std::size_t ready_size_{0};

    std::uint64_t replaced_{0};
    std::uint64_t dropped_{0};
};

}  // namespace qdc::decode
