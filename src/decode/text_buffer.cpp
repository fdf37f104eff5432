#include "decode/text_buffer.hpp"

#include "decode/limits.hpp"

#include <algorithm>
#include <new>

namespace qdc::decode
{

void text_buffer::clear() noexcept
{
    size_ = 0;
    if (capacity_ <= usual_bytes)
        return;
    bytes_.reset();
    capacity_ = 0;
}

void text_buffer::insert(std::size_t position, std::string_view text)
{
    room(text.size());
    char* const place = bytes_.get() + position;
    std::memmove(place + text.size(), place, size_ - position);
    std::memcpy(place, text.data(), text.size());
    size_ += text.size();
}

void text_buffer::grow(std::size_t bytes)
{
    constexpr std::size_t least = 4096;
    // Half as much again each time, so that the cost of growing stays in proportion to the text.
    const auto wanted = std::max({size_ + bytes, capacity_ + capacity_ / 2, least});
    auto* const grown = static_cast<char*>(std::realloc(bytes_.get(), wanted));
    if (grown == nullptr)
        throw std::bad_alloc();
    // realloc has freed the old block or kept it: the owner must not free it once more.
    [[maybe_unused]] auto* const moved = bytes_.release();
    bytes_.reset(grown);
    capacity_ = wanted;
}

}  // namespace qdc::decode
