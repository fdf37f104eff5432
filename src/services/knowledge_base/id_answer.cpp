// How ids become slices of at most 3: 5-8, 10 and 12-13 give the slices 5 6 7 | 8 10 12 | 13, and 5, 8 and 13 are kept.

#include "services/knowledge_base/id_answer.hpp"

#include "services/knowledge_base/endpoint.hpp"

#include <algorithm>

namespace qdc::services
{

kb_id_answer::kb_id_answer(std::uint64_t most)
    : id_set_document(endpoints::knowledge_base.root),
      xml_answer(*this, parser_),
      most_(most),
      parser_(*this)
{
}

void kb_id_answer::take(const qualys::listed_ids& ids)
{
    // What is no id is passed over. Its entry comes all the same, because slices have no gaps.
    if (ids.is_good() && *ids.first != 0 && ids.has_hyphen == ids.is_range)
        add(*ids.first, *ids.last);
}

/// A range costs a slice, and so a call, for each `most` ids, and a list of slices has an end.
void kb_id_answer::add(std::uint64_t first, std::uint64_t end)
{
    // There are some hundred thousand QIDs.
    constexpr std::uint64_t most_ids = 10'000'000;
    if (end - first >= most_ids - ids_)
        throw boost::system::system_error(errc::xml_malformed, "an ID_SET with more than ten million ids");
    ids_ += end - first + 1;
    constexpr std::size_t most_slices = 10'000;
    last_ = std::max(last_, end);
    for (auto next = first; slices_.size() < most_slices;)
    {
        // A slice begins with the id that comes next.
        if (slices_.empty() || in_slice_ == most_)
        {
            slices_.push_back(next);
            in_slice_ = 0;
        }
        // As many of the range as the slice has space for.
        const auto taken = std::min(most_ - in_slice_, end - next + 1);
        in_slice_ += taken;
        if (end - next < taken)
            return;
        next += taken;
    }
}

}  // namespace qdc::services
