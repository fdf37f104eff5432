// How ids become places, with a stride of 3: of the ids 10 11 12 | 13 14 20 | 21 22 30 | 31 the numbers 3, 6 and 9 are
// places, which are 13, 21 and 31. Ranges may begin there: … 12, 13 … 20, 21 … 30, 31 …. Each has three hosts, however
// wide the gaps between their ids are.

#include "services/id_places.hpp"

namespace qdc::services
{
namespace
{

/// No id is so high; sums of such numbers still fit.
constexpr std::uint64_t id_limit = std::uint64_t{1} << 62;

}  // namespace

void id_places::add(std::uint64_t first, std::uint64_t last)
{
    // A list that does not ascend cannot be cut: a range between two places would not have the hosts between them.
    disordered_ = disordered_ || first <= highest_ || last < first || last >= id_limit;
    if (disordered_)
    {
        places_.clear();
        return;
    }
    highest_ = last;
    // Where the next places lie follows from counting; a range of a million ids costs a step for each place in it.
    const auto behind = count_ + (last - first) + 1;
    while (next_ < behind)
    {
        // Ids are counted from 0: the one with the number count_ is `first`.
        places_.push_back(first + (next_ - count_));
        next_ += stride_;
        if (places_.size() == most)
            thin_out();
    }
    count_ = behind;
}

/// Every second place stays: those with the numbers 2, 4, 6 … of strides.
void id_places::thin_out()
{
    for (std::size_t kept = 0; kept < most / 2; ++kept)
        places_[kept] = places_[2 * kept + 1];
    places_.resize(most / 2);
    stride_ *= 2;
    next_ = (most / 2 + 1) * stride_;
}

}  // namespace qdc::services
