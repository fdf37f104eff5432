#include "decode/field_text.hpp"

#include "decode/characters.hpp"

#include <algorithm>

namespace qdc::decode
{
namespace
{

/// Bytes of a character at the end of `text` whose rest is missing; 0: it ends with a whole one.
std::size_t unfinished_end(std::string_view text)
{
    constexpr std::size_t longest = 3;
    for (std::size_t size = 1; size <= std::min(longest, text.size()); ++size)
    {
        const auto end = text.substr(text.size() - size);
        const auto byte = static_cast<unsigned char>(end.front());
        if (byte < 0x80)
            return 0;
        if (byte >= 0xC0)
            return inspect_utf8(end).what == utf8_front::kind::cut ? size : 0;
    }
    return 0;
}

}  // namespace

void field_text::append_part(std::string_view piece)
{
    // Once something is left out nothing follows it, however short: a value has no gap in its middle.
    const auto room = left_out_ != 0 ? 0 : limit_bytes_ - text_.size();
    const auto kept = std::min(room, piece.size());
    text_.append(piece, 0, kept);
    left_out_ += piece.size() - kept;
}

void field_text::append(const field_text& other)
{
    append(other.text_);
    left_out_ += other.left_out_;
}

bool field_text::finish_cut()
{
    const auto torn = unfinished_end(text_);
    text_.resize(text_.size() - torn);
    text_ += "\xE2\x80\xA6[cut: " + std::to_string(left_out_ + torn) + " bytes]";
    return true;
}

void make_room_for_json(std::string& out, std::string_view value)
{
    const auto is_escaped = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\'; };
    const auto escapes = std::count_if(value.begin(), value.end(), is_escaped);
    constexpr std::size_t around = 16;  // quotes, and what closes the record
    out.reserve(out.size() + value.size() + static_cast<std::size_t>(escapes) + around);
}

}  // namespace qdc::decode
