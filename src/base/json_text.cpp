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

// say "hi"<line feed>   ->   say \"hi\"\n
//
// Texts are looked at in blocks of 16 bytes, because most blocks need no escape and are copied as they are.
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

/// The short escape where JSON has one, \u00XX for other controls, else the byte itself.
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

constexpr std::size_t block_bytes = 16;

/// Writes a complete table entry; what is beyond the end that it returns does not count.
char* spell(char c, char* to)
{
    const auto& entry = spellings[static_cast<unsigned char>(c)];
    std::memcpy(to, entry.text.data(), entry.text.size());
    return to + entry.size;
}

#if defined(__SSE2__)

/// A bit is set for each byte of a block that needs an escape.
unsigned needy_bytes(const char* block)
{
    const auto bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(block));
    const auto last_control = _mm_set1_epi8(0x1F);
    const auto control = _mm_cmpeq_epi8(_mm_max_epu8(bytes, last_control), last_control);
    const auto quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
    const auto backslash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
    return static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(control, _mm_or_si128(quote, backslash))));
}

#else

unsigned needy_bytes(const char* block)
{
    unsigned needy = 0;
    for (std::size_t at = 0; at < block_bytes; ++at)
        needy |= (spellings[static_cast<unsigned char>(block[at])].size > 1 ? 1U : 0U) << at;
    return needy;
}

#endif

/// The first `size` bytes of a block, with as many bytes readable behind it. The block is looked at once, however many
/// escapes it needs: texts of vulnerabilities have one every twenty bytes, and looking again behind each cost half as
/// much again.
char* escape_block(const char* block, std::size_t size, char* out)
{
    std::size_t done = 0;
    // The complete block is copied; each escape then overwrites its byte, and what follows is copied again behind it.
    std::memcpy(out, block, block_bytes);
    for (auto needy = needy_bytes(block) & ((1U << size) - 1); needy != 0; needy &= needy - 1)
    {
        const auto place = static_cast<std::size_t>(std::countr_zero(needy));
        out = spell(block[place], out + (place - done));
        done = place + 1;
        std::memcpy(out, block + done, block_bytes);
    }
    return out + (size - done);
}

/// Whether one of eight bytes needs an escape.
bool is_needy(std::uint64_t bytes)
{
    constexpr std::uint64_t ones = ~std::uint64_t{0} / 255;
    // A byte is found in all eight at once: one that is below the limit borrows from its highest bit, which then stands
    // alone.
    const auto has_zero = [](std::uint64_t eight) { return (eight - ones) & ~eight & ones * 0x80; };
    const auto control = (bytes - ones * 0x20) & ~bytes & ones * 0x80;
    return (control | has_zero(bytes ^ ones * '"') | has_zero(bytes ^ ones * '\\')) != 0;
}

bool is_needy(std::uint32_t bytes)
{
    return is_needy(std::uint64_t{bytes} << 32 | bytes);
}

struct block
{
    std::array<char, block_bytes> bytes;
};

bool is_needy(const block& bytes)
{
    return needy_bytes(bytes.bytes.data()) != 0;
}

/// A text of one to two `Word`s, by its two ends, which overlap.
template <class Word>
char* escape_ends(std::string_view text, char* to)
{
    const auto last = text.size() - sizeof(Word);
    Word front;
    Word back;
    std::memcpy(&front, text.data(), sizeof front);
    std::memcpy(&back, text.data() + last, sizeof back);
    // Nothing to escape: two copies that overlap are the complete text, whatever its length.
    if (!is_needy(front) && !is_needy(back))
    {
        std::memcpy(to, &front, sizeof front);
        std::memcpy(to + last, &back, sizeof back);
        return to + text.size();
    }
    std::array<char, 3 * block_bytes> copied;  // what is not filled is read, but does not count
    std::memcpy(copied.data(), &front, sizeof front);
    std::memcpy(copied.data() + last, &back, sizeof back);
    const auto first = std::min(text.size(), block_bytes);
    // Otherwise as one or two blocks, from a copy that is long enough to be read beyond the text.
    to = escape_block(copied.data(), first, to);
    return escape_block(copied.data() + first, text.size() - first, to);
}

/// Less than two blocks: most values of an answer are no longer.
char* escape_short(std::string_view text, char* to)
{
    // The largest word that fits at least once and at most twice.
    if (text.size() >= block_bytes)
        return escape_ends<block>(text, to);
    if (text.size() >= sizeof(std::uint64_t))
        return escape_ends<std::uint64_t>(text, to);
    if (text.size() >= sizeof(std::uint32_t))
        return escape_ends<std::uint32_t>(text, to);
    for (const char c : text)
        to = spell(c, to);
    return to;
}

/// How long the string is that `text` begins with, both quotes included. RESULTS can be long: only quotes are looked for.
std::size_t string_length(std::string_view text)
{
    for (auto quote = text.find('"', 1); quote != std::string_view::npos; quote = text.find('"', quote + 1))
    {
        // An escape is a pair of bytes: the quote is part of one behind an odd number of backslashes.
        auto begin = quote;
        while (begin > 1 && text[begin - 1] == '\\')
            --begin;
        if ((quote - begin) % 2 == 0)
            return quote + 1;
    }
    return text.size();
}

}  // namespace

/// Complete blocks while a second one follows that may be read over, then the rest.
char* write_json_escaped(std::string_view text, char* to)
{
    while (text.size() >= 2 * block_bytes)
    {
        to = escape_block(text.data(), block_bytes, to);
        text.remove_prefix(block_bytes);
    }
    return escape_short(text, to);
}

void append_json_escaped(std::string& out, std::string_view text)
{
    constexpr std::size_t part_bytes = 512;
    std::array<char, json_escaped_room(part_bytes)> written;  // not filled: nothing is read before
    // In parts, so that the memory for the worst case stays small and on the stack.
    do
    {
        const auto part = text.substr(0, part_bytes);
        const auto* const end = write_json_escaped(part, written.data());
        out.append(written.data(), static_cast<std::size_t>(end - written.data()));
        text.remove_prefix(part.size());
    } while (!text.empty());
}

void append_json_string(std::string& out, std::string_view text)
{
    out += '"';
    append_json_escaped(out, text);
    out += '"';
}

std::size_t json_value_length(std::string_view text)
{
    if (text.starts_with('"'))
        return string_length(text);
    std::size_t depth = 0;
    std::size_t place = 0;
    while (place < text.size())
    {
        const char c = text[place];
        // Brackets and commas inside of strings do not count.
        if (c == '"')
        {
            place += string_length(text.substr(place));
            continue;
        }
        // The value had no brackets of its own, and what follows it belongs to what is around it.
        if (depth == 0 && (c == ',' || c == '}' || c == ']'))
            return place;
        if (c == '{' || c == '[')
            ++depth;
        else if (c == '}' || c == ']')
            --depth;
        ++place;
        // The bracket that the value began with is closed.
        if (depth == 0 && (c == '}' || c == ']'))
            return place;
    }
    return text.size();
}

}  // namespace qdc
