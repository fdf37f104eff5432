#pragma once

#include "decode/limits.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace qdc::decode
{

/// Empties `text`. It keeps its memory for the next use, but for an unusual amount: one large value must not cost its
/// size forever.
inline void empty_for_reuse(std::string& text)
{
    if (text.capacity() > usual_bytes)
        std::string().swap(text);
    else
        text.clear();
}

/// The text of one value, gathered in pieces, up to a limit.
///
/// Of a longer value the front is kept up to its last complete character within the limit, and a mark is put behind it:
/// `…[cut: 1234 bytes]` says that so many bytes of the value are missing. This is the one place where values are cut.
class field_text
{
public:
    /// Text beyond `limit_bytes` is left out and counted.
    explicit field_text(std::size_t limit_bytes = field_limit_bytes) : limit_bytes_(limit_bytes) {}

    /// Begins another value.
    void clear()
    {
        empty_for_reuse(text_);
        left_out_ = 0;
    }

    /// A piece may end in the middle of a character.
    void append(std::string_view piece)
    {
        if (left_out_ == 0 && piece.size() <= limit_bytes_ - text_.size())
            text_ += piece;
        else
            append_part(piece);
    }

    /// Appends another text, and what that one left out.
    void append(const field_text& other);

    /// So many bytes more were left out already.
    void leave_out(std::uint64_t bytes) { left_out_ += bytes; }

    /// The value is complete; one that was cut gets its mark. Call it once. Returns whether it was cut.
    bool finish() { return left_out_ != 0 && finish_cut(); }

    /// What was kept so far; with the mark after finish().
    const std::string& text() const noexcept { return text_; }

    std::size_t size() const noexcept { return text_.size(); }

    bool empty() const noexcept { return text_.empty(); }

    /// Replaces the text by another spelling of the same value.
    void respell(std::string spelling) { text_.swap(spelling); }

    /// Removes the last byte; there must be one.
    void pop_back() { text_.pop_back(); }

private:
    void append_part(std::string_view piece);
    bool finish_cut();

    std::string text_;
    std::size_t limit_bytes_;
    std::uint64_t left_out_{0};  ///< bytes
};

/// Bytes of a character at the end of `text` whose rest is missing; 0: it ends with a complete one.
std::size_t unfinished_end(std::string_view text);

/// What stands behind a value of which `bytes` are missing.
std::string cut_mark(std::uint64_t bytes);

}  // namespace qdc::decode
