#include "decode/json_string.hpp"

#include "decode/characters.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace qdc::decode
{
namespace
{

/// Bytes at which a run ends: the quote, the backslash and the controls.
constexpr auto ends_run = []
{
    std::array<bool, 256> table{};
    for (std::size_t byte = 0; byte < 0x20; ++byte)
        table[byte] = true;
    table['"'] = table['\\'] = true;
    return table;
}();

/// Whether all of `text` is a number: -0.5e+3 is one; 007, .5 and 1. are none.
/// RFC 8259, section 6.
bool is_number(std::string_view text)
{
    // Takes the digits in front, and returns how many there were.
    const auto digits = [&text]
    {
        const auto size = std::min(text.find_first_not_of("0123456789"), text.size());
        text.remove_prefix(size);
        return size;
    };
    if (text.starts_with('-'))
        text.remove_prefix(1);
    // The whole part: one digit at least, and no zero in front of others.
    const bool zero = text.starts_with('0');
    const auto integer = digits();
    if (integer == 0 || (zero && integer > 1))
        return false;
    // A fraction needs a digit behind its point.
    if (text.starts_with('.'))
    {
        text.remove_prefix(1);
        if (digits() == 0)
            return false;
    }
    // So does an exponent, behind its sign.
    if (text.starts_with('e') || text.starts_with('E'))
    {
        text.remove_prefix(1);
        if (text.starts_with('-') || text.starts_with('+'))
            text.remove_prefix(1);
        if (digits() == 0)
            return false;
    }
    return text.empty();
}

}  // namespace

bool is_json_word(std::string_view text)
{
    return text == "null" || text == "true" || text == "false" || is_number(text);
}

void json_string::begin(bool keep)
{
    text_.clear();
    keep_ = keep;
    escaped_ = high_ = false;
    at_ = inside::text;
    surrogate_ = 0;
}

/// say \"hi\" \u00e9 \ud83d\ude00 \ud83d!   ->   say "hi" é 😀 U+FFFD!
///
/// The last one is the first half of a pair whose second half does not come.
json_string::outcome json_string::read(std::string_view& bytes)
{
    while (!bytes.empty())
    {
        if (at_ == inside::text)
            read_run(bytes);
        if (bytes.empty())
            break;
        const char c = bytes.front();
        // An unescaped quote ends the string.
        if (at_ == inside::text && c == '"')
        {
            bytes.remove_prefix(1);
            close();
            return outcome::closed;
        }
        // Everything else that ends a run belongs to an escape, or is a control character.
        const bool fine = at_ == inside::hex ? read_hex(c) : read_escape(c);
        if (!fine)
            return outcome::malformed;
        bytes.remove_prefix(1);
    }
    return outcome::unfinished;
}

/// Takes the bytes up to the next quote, backslash or control; most strings are one such run.
void json_string::read_run(std::string_view& bytes)
{
    unsigned char bits = 0;
    std::size_t size = 0;
    for (; size < bytes.size() && !ends_run[static_cast<unsigned char>(bytes[size])]; ++size)
        bits |= static_cast<unsigned char>(bytes[size]);
    // Only a string with bytes from 0x80 up has to be checked for UTF-8 at its end.
    high_ = high_ || bits >= 0x80;
    if (size > 0)
        settle_surrogate();
    put(bytes.substr(0, size));
    bytes.remove_prefix(size);
}

/// What ended a run and is no quote, or what stands behind a backslash.
bool json_string::read_escape(char c)
{
    // text -> escape.
    if (at_ == inside::text && c == '\\')
    {
        at_ = inside::escape;
        return true;
    }
    // escape -> hex.
    if (at_ == inside::escape && c == 'u')
    {
        at_ = inside::hex;
        unit_ = 0;
        digits_ = 0;
        return true;
    }
    // escape -> text with the meaning of the letter. In text `c` is a control character: it is taken as it stands.
    std::string_view meaning(&c, 1);
    if (at_ == inside::escape)
    {
        constexpr std::string_view letters = "\"\\/bfnrt";
        constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
        const auto found = letters.find(c);
        if (found == std::string_view::npos)
            return false;
        meaning = meanings.substr(found, 1);
    }
    settle_surrogate();
    put(meaning);
    escaped_ = true;
    at_ = inside::text;
    return true;
}

/// One digit of \uXXXX; the fourth ends it. False: no digit.
bool json_string::read_hex(char c)
{
    const char letter = static_cast<char>(c | 0x20);
    if (c >= '0' && c <= '9')
        unit_ = unit_ * 16 + static_cast<char32_t>(c - '0');
    else if (letter >= 'a' && letter <= 'f')
        unit_ = unit_ * 16 + static_cast<char32_t>(letter - 'a' + 10);
    else
        return false;
    if (++digits_ == 4)
        end_hex();
    return true;
}

/// hex -> text: four digits are read.
void json_string::end_hex()
{
    at_ = inside::text;
    const bool low = unit_ >= 0xDC00 && unit_ < 0xE000;
    // The second half of a pair: \ud83d\ude00 -> U+1F600.
    if (low && surrogate_ != 0)
        unit_ = 0x10000 + ((std::exchange(surrogate_, 0) - 0xD800) << 10) + (unit_ - 0xDC00);
    // A first half that still waits here has no partner.
    settle_surrogate();
    // A first half waits for its second one; a second half without a first one is replaced at once.
    if (unit_ >= 0xD800 && unit_ < 0xE000)
    {
        surrogate_ = unit_;
        if (low)
            settle_surrogate();
        return;
    }
    std::string character;
    append_utf8(character, unit_);
    put(character);
    escaped_ = true;
}

/// A surrogate that found no partner.
void json_string::settle_surrogate()
{
    if (std::exchange(surrogate_, 0) == 0)
        return;
    put(replacement_character);
    replaced_ += keep_ ? 1 : 0;
}

void json_string::put(std::string_view text)
{
    if (keep_)
        text_.append(text);
}

/// The closing quote was read: the string gets its cut mark, and what is no UTF-8 is replaced.
void json_string::close()
{
    settle_surrogate();
    if (text_.finish())
        ++cut_;
    if (!high_ || !keep_)
        return;
    std::string clean;
    clean.reserve(text_.size());
    replaced_ += append_scrubbed(clean, text_.text(), forbidden::by_utf8);
    text_.respell(std::move(clean));
}

}  // namespace qdc::decode
