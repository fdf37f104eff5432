#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace qdc::decode
{

/// U+FFFD in UTF-8: what stands where something forbidden stood.
inline constexpr std::string_view replacement_character = "\xEF\xBF\xBD";

/// Which characters append_scrubbed() replaces.
enum class forbidden
{
    by_utf8,  ///< what is no UTF-8
    by_xml,   ///< that, and what XML 1.0 does not allow (section 2.2): most controls, U+FFFE, U+FFFF
};

/// Appends `text`, which is complete, with U+FFFD in place of each forbidden character and of each maximal ill-formed
/// subsequence (Unicode 15, section 3.9). Returns how many there were.
std::uint64_t append_scrubbed(std::string& out, std::string_view text, forbidden kind);

/// Appends a Unicode scalar value as UTF-8.
void append_utf8(std::string& out, char32_t value);

/// What XML 1.0 allows as a character (section 2.2).
constexpr bool allowed_by_xml(char32_t value) noexcept
{
    if (value < 0x20)
        return value == '\t' || value == '\n' || value == '\r';
    return value < 0xD800 || (value > 0xDFFF && value < 0xFFFE) || (value > 0xFFFF && value < 0x110000);
}

/// The front of a text that begins with a byte from 0x80 up.
struct utf8_front
{
    /// What the front of the text is.
    enum class kind : std::uint8_t
    {
        good,        ///< a well-formed sequence
        ill_formed,  ///< a maximal ill-formed subsequence
        cut,         ///< well-formed so far: the rest may follow in the next piece
    };

    kind what;
    std::uint8_t size;  ///< bytes it covers, 1 to 4
};

/// Looks at the front of `text`, which is not empty and begins with a byte from 0x80 up.
utf8_front inspect_utf8(std::string_view text) noexcept;

/// Whether a well-formed sequence is U+FFFE or U+FFFF, which XML forbids.
constexpr bool is_noncharacter(std::string_view sequence) noexcept
{
    return sequence == "\xEF\xBF\xBE" || sequence == "\xEF\xBF\xBF";
}

/// How many bytes at the front of `text` are complete sequences from 0x80 up that XML allows.
std::size_t utf8_run(std::string_view text) noexcept;

/// How many blanks `text` begins with.
std::size_t blanks_in_front(std::string_view text) noexcept;

/// What ends a plain run.
struct run_stops
{
    char first[2];   ///< in front of a pair of bytes: one of these, then
    char second[3];  ///< one of these
    char line_end;   ///< behind this byte, if a blank follows; 0: none
};

/// How many bytes at the front of `text` are allowed ASCII in front of the first stop. The last byte of `text` is never
/// among them, as what follows it is not known.
std::size_t plain_run(std::string_view text, const run_stops& stops) noexcept;

}  // namespace qdc::decode
