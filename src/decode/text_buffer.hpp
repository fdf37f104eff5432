#pragma once

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>

namespace qdc::decode
{

/// Text that grows at its end. Unlike std::string it gives out room that nobody filled before, so that what writes
/// there needs no check for each byte and no copy afterwards. A large one grows in place, without being held twice.
class text_buffer
{
public:
    /// All of the text. Valid until something is added.
    std::string_view view() const noexcept { return {bytes_.get(), size_}; }

    std::size_t size() const noexcept { return size_; }

    bool empty() const noexcept { return size_ == 0; }

    /// The last byte; there must be one.
    char back() const noexcept { return bytes_.get()[size_ - 1]; }

    /// Empties it. Memory is kept for the next use, but for an unusual amount.
    void clear() noexcept;

    /// Forgets everything behind the first `size` bytes.
    void shrink(std::size_t size) noexcept { size_ = size; }

    /// Room for at least `bytes` behind the end. Valid until the next call; what was written counts after end_at().
    char* room(std::size_t bytes)
    {
        if (capacity_ - size_ < bytes)
            grow(bytes);
        return bytes_.get() + size_;
    }

    /// The text ends at `end`, which lies in what room() gave.
    void end_at(const char* end) noexcept { size_ = static_cast<std::size_t>(end - bytes_.get()); }

    /// Adds at the end. Throws std::bad_alloc, as all that grows does.
    void append(std::string_view text)
    {
        std::memcpy(room(text.size()), text.data(), text.size());
        size_ += text.size();
    }

    void append(char c)
    {
        *room(1) = c;
        ++size_;
    }

    /// Puts `text`, which is none of this buffer's own, in front of the byte at `position`.
    void insert(std::size_t position, std::string_view text);

private:
    struct deleter
    {
        void operator()(char* bytes) const noexcept { std::free(bytes); }
    };

    void grow(std::size_t bytes);

    std::unique_ptr<char, deleter> bytes_;
    std::size_t size_{0};
    std::size_t capacity_{0};
};

}  // namespace qdc::decode
