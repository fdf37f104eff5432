#pragma once

#include "state/pickle_stack.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace qdc::state
{

/// The bytes of a pickle, taken from the front; running out of them is a pickle_refusal.
class pickle_source
{
public:
    explicit pickle_source(std::string_view bytes) : bytes_(bytes) {}

    /// How many bytes are taken.
    std::size_t at() const noexcept { return at_; }

    /// The next `count` bytes.
    std::string_view take(std::size_t count)
    {
        if (count > bytes_.size() - at_)
            throw pickle_refusal{"it ends early"};
        const auto piece = bytes_.substr(at_, count);
        at_ += count;
        return piece;
    }

    /// An unsigned number of `count` bytes, the lowest first.
    std::uint64_t number(std::size_t count)
    {
        std::uint64_t value = 0;
        unsigned shift = 0;
        for (const char c : take(count))
        {
            value |= std::uint64_t{static_cast<unsigned char>(c)} << shift;
            shift += 8;
        }
        return value;
    }

    /// Up to the line feed, which is taken too.
    std::string_view line()
    {
        const auto end = bytes_.find('\n', at_);
        if (end == std::string_view::npos)
            throw pickle_refusal{"it ends early"};
        const auto text = take(end - at_);
        take(1);
        return text;
    }

private:
    std::string_view bytes_;
    std::size_t at_{0};
};

}  // namespace qdc::state
