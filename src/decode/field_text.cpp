#include "decode/field_text.hpp"

#include "decode/characters.hpp"

#include <algorithm>

namespace qdc::decode
{

std::size_t unfinished_end(std::string_view text)
{
    // A character has at most four bytes, so an unfinished one has at most three: its lead byte is among them.
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

std::string cut_mark(std::uint64_t bytes)
{
    return "\xE2\x80\xA6[cut: " + std::to_string(bytes) + " bytes]";
}

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

/// Cuts back to the last complete character and puts the mark behind it. With a limit of 10 bytes, in the middle of the
/// euro sign: "price: 5 €" -> "price: 5 …[cut: 3 bytes]".
bool field_text::finish_cut()
{
    const auto torn = unfinished_end(text_);
    text_.resize(text_.size() - torn);
    text_ += cut_mark(left_out_ + torn);
    return true;
}

}  // namespace qdc::decode
