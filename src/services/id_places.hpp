#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace qdc::services
{

/// Counts the ids of a list and keeps every so-manieth of them: the places at which ranges of about that many hosts may
/// begin. Pure. However long the list is, it keeps at most some thousand: then the ranges become longer.
class id_places
{
public:
    static constexpr std::size_t most = 4096;

    /// `stride`: hosts in a range, at least 1.
    explicit id_places(std::uint64_t stride) : stride_(stride == 0 ? 1 : stride), next_(stride_) {}

    /// The ids from `first` to `last`, all of them.
    void add(std::uint64_t first, std::uint64_t last);

    /// Ascending. Empty when the list did not ascend: its places mean nothing.
    const std::vector<std::uint64_t>& places() const noexcept { return places_; }

private:
    void thin_out();

    std::uint64_t stride_;
    std::uint64_t count_{0};    ///< ids so far
    std::uint64_t next_;        ///< the number, from 0, of the id that is the next place
    std::uint64_t highest_{0};  ///< id so far
    bool disordered_{false};
    std::vector<std::uint64_t> places_;
};

}  // namespace qdc::services
