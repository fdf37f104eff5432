#include "decode/characters.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace qdc::decode
{
namespace
{

/// What may follow a lead byte: Unicode 15, table 3-7.
struct lead
{
    std::uint8_t size;  ///< of the complete sequence; 0: never begins one
    std::uint8_t low;   ///< range of the second byte
    std::uint8_t high;
};

/// The rule for a lead byte. C0, C1 and the ranges behind E0, ED, F0 and F4 leave out overlong forms, surrogates and
/// numbers beyond U+10FFFF.
constexpr lead lead_of(unsigned char byte) noexcept
{
    if (byte < 0xC2 || byte > 0xF4)
        return {0, 0, 0};
    if (byte < 0xE0)
        return {2, 0x80, 0xBF};
    if (byte < 0xF0)
        return {
            3,
            byte == 0xE0 ? std::uint8_t{0xA0} : std::uint8_t{0x80},
            byte == 0xED ? std::uint8_t{0x9F} : std::uint8_t{0xBF}};
    return {
        4,
        byte == 0xF0 ? std::uint8_t{0x90} : std::uint8_t{0x80},
        byte == 0xF4 ? std::uint8_t{0x8F} : std::uint8_t{0xBF}};
}

/// Bytes that are a character of XML by themselves.
constexpr auto plain = []
{
    std::array<bool, 256> table{};
    for (std::size_t byte = 0; byte < 0x80; ++byte)
        table[byte] = allowed_by_xml(static_cast<char32_t>(byte));
    return table;
}();

/// Whether two neighbouring bytes are one of the pairs that end a run.
bool pairs(const run_stops& stops, char one, char two) noexcept
{
    return (one == stops.first[0] || one == stops.first[1]) &&
           (two == stops.second[0] || two == stops.second[1] || two == stops.second[2]);
}

constexpr std::size_t block_bytes = 32;
using block = std::int8_t __attribute__((vector_size(block_bytes)));
using block_words = std::uint64_t __attribute__((vector_size(block_bytes)));

/// Of a word that is not zero, the number of bytes in front that are.
std::size_t zeros_in_front(std::uint64_t word) noexcept
{
    const auto bits = std::endian::native == std::endian::little ? std::countr_zero(word) : std::countl_zero(word);
    return static_cast<std::size_t>(bits) / 8;
}

/// How many bytes at the front of `text` are allowed ASCII and neither `second` nor `line_end`; it ends less than two
/// blocks before the end. Compiled twice where that is possible: the wider registers of newer processors halve the
/// scrubber's cost (tests/bench).
#if defined(__x86_64__)
__attribute__((target_clones("avx2", "default")))
#endif
std::size_t
plain_blocks(std::string_view text, const run_stops& stops) noexcept
{
    std::size_t at = 0;
    for (; at + 2 * block_bytes <= text.size(); at += 2 * block_bytes)
    {
        block found[2];
#pragma GCC unroll 2
        for (std::size_t half = 0; half < 2; ++half)
        {
            block bytes;
            std::memcpy(&bytes, text.data() + at + half * block_bytes, block_bytes);
            // As signed numbers, the controls and all bytes from 0x80 up are less than a blank.
            const block low = bytes < static_cast<std::int8_t>(' ');
            const block space = (bytes == '\t') | (bytes == '\n') | (bytes == '\r');
            const block stop = (bytes == stops.second[0]) | (bytes == stops.second[1]) | (bytes == stops.second[2]) |
                               (bytes == stops.line_end);
            found[half] = (low & ~space) | stop;
        }
        // Nearly always no byte is found: both blocks are tested at once.
        const auto any = reinterpret_cast<block_words>(found[0] | found[1]);
        if ((any[0] | any[1] | any[2] | any[3]) == 0)
            continue;
        // A stop is in sight: the first byte of the result that is not zero is its place.
        std::array<std::uint64_t, 2 * block_bytes / 8> words;
        std::memcpy(words.data(), found, sizeof found);
        std::size_t first = 0;
        while (words[first] == 0)
            ++first;
        return at + first * sizeof(std::uint64_t) + zeros_in_front(words[first]);
    }
    return at;
}

}  // namespace

/// "a\x80b\xE2\x82" -> "a", U+FFFD, "b", U+FFFD; returns 2
///
/// The last two bytes are the front of one character and are replaced together.
std::uint64_t append_scrubbed(std::string& out, std::string_view text, forbidden kind)
{
    // Good characters are copied in runs: `run` is where the current one begins.
    std::uint64_t replaced = 0;
    std::size_t run = 0;
    for (std::size_t at = 0; at < text.size();)
    {
        const auto byte = static_cast<unsigned char>(text[at]);
        std::size_t size = 1;
        // ASCII is judged by a table, everything else as a sequence.
        bool good = plain[byte] || kind == forbidden::by_utf8;
        if (byte >= 0x80)
        {
            const auto front = inspect_utf8(text.substr(at));
            size = front.size;
            good = front.what == utf8_front::kind::good &&
                   (kind == forbidden::by_utf8 || !is_noncharacter(text.substr(at, size)));
        }
        at += size;
        if (good)
            continue;
        // The run ends in front of what is replaced, the next one begins behind it.
        out.append(text, run, at - size - run);
        out += replacement_character;
        run = at;
        ++replaced;
    }
    out.append(text, run);
    return replaced;
}

void append_utf8(std::string& out, char32_t value)
{
    const auto tail = [&out, value](unsigned shift) { out += static_cast<char>(0x80 | (value >> shift & 0x3F)); };
    if (value < 0x80)
    {
        out += static_cast<char>(value);
        return;
    }
    if (value < 0x800)
    {
        out += static_cast<char>(0xC0 | value >> 6);
    }
    else if (value < 0x10000)
    {
        out += static_cast<char>(0xE0 | value >> 12);
        tail(6);
    }
    else
    {
        out += static_cast<char>(0xF0 | value >> 18);
        tail(12);
        tail(6);
    }
    tail(0);
}

/// A sequence ends in front of the first byte that cannot continue it: that byte may begin the next character.
utf8_front inspect_utf8(std::string_view text) noexcept
{
    using kind = utf8_front::kind;
    const auto rule = lead_of(static_cast<unsigned char>(text[0]));
    if (rule.size == 0)
        return {kind::ill_formed, 1};
    for (std::uint8_t at = 1; at < rule.size; ++at)
    {
        if (at == text.size())
            return {kind::cut, at};
        const auto byte = static_cast<unsigned char>(text[at]);
        const bool fits = at == 1 ? byte >= rule.low && byte <= rule.high : (byte & 0xC0) == 0x80;
        if (!fits)
            return {kind::ill_formed, at};
    }
    return {kind::good, rule.size};
}

std::size_t utf8_run(std::string_view text) noexcept
{
    std::size_t at = 0;
    while (at < text.size() && static_cast<unsigned char>(text[at]) >= 0x80)
    {
        const auto front = inspect_utf8(text.substr(at));
        if (front.what != utf8_front::kind::good || is_noncharacter(text.substr(at, front.size)))
            break;
        at += front.size;
    }
    return at;
}

std::size_t blanks_in_front(std::string_view text) noexcept
{
    // Eight blanks at a time; the difference to a word of blanks shows where another byte stands.
    constexpr std::uint64_t blanks = 0x2020202020202020;
    std::size_t at = 0;
    for (; at + sizeof blanks <= text.size(); at += sizeof blanks)
    {
        std::uint64_t word = 0;
        std::memcpy(&word, text.data() + at, sizeof word);
        if (word != blanks)
            return at + zeros_in_front(word ^ blanks);
    }
    while (at < text.size() && text[at] == ' ')
        ++at;
    return at;
}

std::size_t plain_run(std::string_view text, const run_stops& stops) noexcept
{
    for (std::size_t at = 0; at < text.size(); ++at)
    {
        // The second byte of a pair is far rarer than the first: only that one is looked for.
        at += plain_blocks(text.substr(at), stops);
        if (at == text.size())
            break;
        // The block search stops at the second byte of a pair; whether the first stands in front of it is decided here.
        if (at > 0 && pairs(stops, text[at - 1], text[at]))
            return at - 1;
        if (!plain[static_cast<unsigned char>(text[at])])
            return at;
        if (text[at] == stops.line_end && at + 1 < text.size() && text[at + 1] == ' ')
            return at + 1;
    }
    // Nothing was found. What follows the last byte is unknown, so that byte is left for the next call.
    return text.size() - std::min<std::size_t>(text.size(), 1);
}

}  // namespace qdc::decode
