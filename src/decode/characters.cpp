#include "decode/characters.hpp"

#include <array>
#include <bit>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace qdc::decode
{
namespace
{

/// What may follow a lead byte: Unicode 15, table 3-7.
struct lead
{
    std::uint8_t size;  ///< of the whole sequence; 0: never begins one
    std::uint8_t low;   ///< range of the second byte
    std::uint8_t high;
};

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

bool pairs(const stop_pair& stop, char one, char two) noexcept
{
    return (one == stop.first[0] || one == stop.first[1]) &&
           (two == stop.second[0] || two == stop.second[1] || two == stop.second[2]);
}

#if defined(__SSE2__)

/// Sixteen bytes at a time; stops at the first block that holds something, or less than 17 bytes before the end.
std::size_t plain_blocks(std::string_view text, const stop_pair& stop) noexcept
{
    const auto first_0 = _mm_set1_epi8(stop.first[0]);
    const auto first_1 = _mm_set1_epi8(stop.first[1]);
    const auto second_0 = _mm_set1_epi8(stop.second[0]);
    const auto second_1 = _mm_set1_epi8(stop.second[1]);
    const auto second_2 = _mm_set1_epi8(stop.second[2]);
    const auto blank = _mm_set1_epi8(0x20);
    const auto tab = _mm_set1_epi8('\t');
    const auto line_feed = _mm_set1_epi8('\n');
    const auto carriage_return = _mm_set1_epi8('\r');

    std::size_t at = 0;
    for (; at + 17 <= text.size(); at += 16)
    {
        const auto here = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at));
        // As signed numbers, the controls and all bytes from 0x80 up are less than a blank.
        const auto low = _mm_cmplt_epi8(here, blank);
        const auto space = _mm_or_si128(
            _mm_or_si128(_mm_cmpeq_epi8(here, tab), _mm_cmpeq_epi8(here, line_feed)),
            _mm_cmpeq_epi8(here, carriage_return)
        );
        const auto first = _mm_or_si128(_mm_cmpeq_epi8(here, first_0), _mm_cmpeq_epi8(here, first_1));
        const auto bad = _mm_andnot_si128(space, low);
        if (_mm_movemask_epi8(_mm_or_si128(bad, first)) == 0)
            continue;  // nearly all blocks of a long text: a third less work
        const auto next = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at + 1));
        const auto second = _mm_or_si128(
            _mm_or_si128(_mm_cmpeq_epi8(next, second_0), _mm_cmpeq_epi8(next, second_1)), _mm_cmpeq_epi8(next, second_2)
        );
        const auto stops = _mm_or_si128(bad, _mm_and_si128(first, second));
        const auto mask = static_cast<unsigned>(_mm_movemask_epi8(stops));
        if (mask != 0)
            return at + static_cast<std::size_t>(std::countr_zero(mask));
    }
    return at;
}

#else

std::size_t plain_blocks(std::string_view, const stop_pair&) noexcept
{
    return 0;
}

#endif

}  // namespace

std::uint64_t append_scrubbed(std::string& out, std::string_view text, forbidden what)
{
    std::uint64_t replaced = 0;
    std::size_t run = 0;
    for (std::size_t at = 0; at < text.size();)
    {
        const auto byte = static_cast<unsigned char>(text[at]);
        std::size_t size = 1;
        bool good = plain[byte] || what == forbidden::by_utf8;
        if (byte >= 0x80)
        {
            const auto front = inspect_utf8(text.substr(at));
            size = front.size;
            good = front.what == utf8_front::kind::good &&
                   (what == forbidden::by_utf8 || !is_noncharacter(text.substr(at, size)));
        }
        at += size;
        if (good)
            continue;
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

std::size_t plain_run(std::string_view text, const stop_pair& stop) noexcept
{
    auto at = plain_blocks(text, stop);
    while (at + 1 < text.size() && plain[static_cast<unsigned char>(text[at])] && !pairs(stop, text[at], text[at + 1]))
        ++at;
    return at;
}

}  // namespace qdc::decode
