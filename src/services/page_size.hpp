#pragma once

#include "services/exchange.hpp"

#include <algorithm>
#include <cstdint>

namespace qdc::services
{

/// How many records the next page asks for. A page that does not come, or comes in pieces, is asked for smaller; what
/// works lets it grow again up to the configured size.
class page_size
{
public:
    /// `configured`: the largest size, and the first one; at least 1.
    explicit page_size(std::uint32_t configured) : configured_(std::max(configured, 1u)), now_(configured_) {}

    /// From 1 up to the configured size.
    std::uint32_t now() const noexcept { return now_; }

    /// Half of it, but never less than one record.
    void shrink() noexcept { now_ = std::max(now_ / 2, 1u); }

    /// Twice as many, up to the configured size.
    void grow() noexcept { now_ = now_ > configured_ / 2 ? configured_ : now_ * 2; }

    /// Only the size of one page is known to be at fault when it holds one record.
    bool single() const noexcept { return now_ == 1; }

    /// What follows on a failed page, when no record is to blame.
    what_next after(const call_failure& failure) noexcept
    {
        if (failure.lasting)
            return what_next::give_up;
        if (!failure.smaller || single())
            return what_next::again;
        shrink();
        return what_next::smaller;
    }

private:
    std::uint32_t configured_;  ///< the largest size
    std::uint32_t now_;         ///< what the next page asks for
};

}  // namespace qdc::services
