#include "services/knowledge_base/id_answer.hpp"

#include "services/knowledge_base/endpoint.hpp"

#include <algorithm>

namespace qdc::services
{

kb_id_answer::kb_id_answer(std::uint64_t most)
    : id_set_document(endpoints::knowledge_base.root),
      most_(most),
      parser_(*this)
{
}

void kb_id_answer::take(const qualys::listed_ids& ids)
{
    if (ids.is_good() && *ids.first != 0 && ids.has_hyphen == ids.is_range)
        add(*ids.first, *ids.last);
}

/// A range of any length costs a slice for each `most` ids, and a list of slices has an end.
void kb_id_answer::add(std::uint64_t first, std::uint64_t end)
{
    constexpr std::size_t most_slices = 10'000;
    last_ = std::max(last_, end);
    for (auto next = first; slices_.size() < most_slices;)
    {
        if (slices_.empty() || in_slice_ == most_)
        {
            slices_.push_back(next);
            in_slice_ = 0;
        }
        const auto taken = std::min(most_ - in_slice_, end - next + 1);
        in_slice_ += taken;
        if (end - next < taken)
            return;
        next += taken;
    }
}

}  // namespace qdc::services
