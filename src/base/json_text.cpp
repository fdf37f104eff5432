#include "base/json_text.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace qdc
{
namespace
{

/// How a byte is written.
struct spelling
{
    std::array<char, 7> text;
    std::uint8_t size;
};

constexpr spelling spelling_of(std::size_t byte)
{
    constexpr std::string_view letters = "\b\t\n\f\r\"\\";
    constexpr std::string_view names = "btnfr\"\\";
    const auto c = static_cast<char>(byte);
    if (const auto short_one = letters.find(c); short_one != std::string_view::npos)
        return {{'\\', names[short_one]}, 2};
    constexpr std::string_view hex = "0123456789abcdef";
    if (byte < 0x20)
        return {{'\\', 'u', '0', '0', hex[byte >> 4], hex[byte & 15]}, 6};
    return {{c}, 1};
}

constexpr auto spellings = []
{
    std::array<spelling, 256> table{};
    for (std::size_t byte = 0; byte < table.size(); ++byte)
        table[byte] = spelling_of(byte);
    return table;
}();

// Text is escaped by parts, so that the room for each is known beforehand: no check for each byte.
constexpr std::size_t part_bytes = 512;
constexpr std::size_t longest_spelling = 6;  // \u00XX
constexpr std::size_t block_bytes = 16;

/// Writes a whole table entry; what is beyond the end that it returns does not count.
char* spell(char c, char* to)
{
    const auto& entry = spellings[static_cast<unsigned char>(c)];
    std::memcpy(to, entry.text.data(), entry.text.size());
    return to + entry.size;
}

#if defined(__SSE2__)

/// Copies a block; a bit is set for each byte that needs an escape.
unsigned copy_block(const char* from, char* to)
{
    const auto bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to), bytes);
    const auto last_control = _mm_set1_epi8(0x1F);
    const auto control = _mm_cmpeq_epi8(_mm_max_epu8(bytes, last_control), last_control);
    const auto quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
    const auto backslash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
    return static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(control, _mm_or_si128(quote, backslash))));
}

#else

unsigned copy_block(const char* from, char* to)
{
    unsigned needy = 0;
    for (std::size_t at = 0; at < block_bytes; ++at)
        needy |= (spellings[static_cast<unsigned char>(from[at])].size > 1 ? 1U : 0U) << at;
    std::memcpy(to, from, block_bytes);
    return needy;
}

#endif

/// One block, with as many bytes readable behind it. The block is looked at once, however many escapes it needs: texts of
/// vulnerabilities have one every twenty bytes, and looking again behind each cost half as much again.
char* escape_block(const char* from, char* to)
{
    std::size_t done = 0;
    for (auto needy = copy_block(from, to); needy != 0; needy &= needy - 1)
    {
        const auto at = static_cast<std::size_t>(std::countr_zero(needy));
        to = spell(from[at], to + (at - done));
        done = at + 1;
        std::memcpy(to, from + done, block_bytes);
    }
    return to + (block_bytes - done);
}

/// Whether one of eight bytes needs an escape.
bool is_needy(std::uint64_t bytes)
{
    constexpr std::uint64_t ones = ~std::uint64_t{0} / 255;
    const auto has_zero = [](std::uint64_t eight) { return (eight - ones) & ~eight & ones * 0x80; };
    const auto control = (bytes - ones * 0x20) & ~bytes & ones * 0x80;
    return (control | has_zero(bytes ^ ones * '"') | has_zero(bytes ^ ones * '\\')) != 0;
}

/// 8 to 16 bytes that need no escape are copied; otherwise false.
bool copy_plain(const char* from, std::size_t size, char* to)
{
    std::uint64_t front = 0;
    std::uint64_t back = 0;  // overlaps
    std::memcpy(&front, from, sizeof front);
    std::memcpy(&back, from + size - sizeof back, sizeof back);
    if (is_needy(front) || is_needy(back))
        return false;
    std::memcpy(to, &front, sizeof front);
    std::memcpy(to + size - sizeof back, &back, sizeof back);
    return true;
}

/// Writes at most longest_spelling bytes for each one read, and a block more; returns the end of what counts.
char* escape_part(std::string_view part, char* to)
{
    const char* from = part.data();
    const char* const end = from + part.size();
    for (; static_cast<std::size_t>(end - from) >= 2 * block_bytes; from += block_bytes)
        to = escape_block(from, to);
    while (from != end)
    {
        const auto size = std::min(static_cast<std::size_t>(end - from), block_bytes);
        const bool copied = size >= sizeof(std::uint64_t) && copy_plain(from, size, to);
        for (std::size_t at = 0; at < size && !copied; ++at)
            to = spell(from[at], to);
        from += size;
        to += copied ? size : 0;
    }
    return to;
}

void append_escaped(std::string& out, std::string_view text, bool quoted)
{
    std::array<char, part_bytes * longest_spelling + block_bytes> written;  // not filled: nothing is read before
    char* to = written.data();
    if (quoted)
        *to++ = '"';
    while (text.size() > part_bytes)
    {
        to = escape_part(text.substr(0, part_bytes), to);
        text.remove_prefix(part_bytes);
        out.append(written.data(), static_cast<std::size_t>(to - written.data()));
        to = written.data();
    }
    to = escape_part(text, to);
    if (quoted)
        *to++ = '"';
    out.append(written.data(), static_cast<std::size_t>(to - written.data()));
}

}  // namespace

void append_json_escaped(std::string& out, std::string_view text)
{
    append_escaped(out, text, false);
}

void append_json_string(std::string& out, std::string_view text)
{
    append_escaped(out, text, true);
}

}  // namespace qdc
