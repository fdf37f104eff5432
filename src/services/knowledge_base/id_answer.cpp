#include "services/knowledge_base/id_answer.hpp"

#include "base/number.hpp"
#include "base/text.hpp"
#include "services/knowledge_base/endpoint.hpp"

#include <algorithm>

namespace qdc::services
{
namespace
{

/// An id or a range of ids; more text than this is neither.
constexpr std::size_t id_text_limit = 100;

}  // namespace

kb_id_answer::kb_id_answer(std::uint64_t most) : document_(most), parser_(document_) {}

result<decode::progress> kb_id_answer::finish()
{
    const auto end = parser_.finish();
    if (!end || *end == decode::progress::paused)
        return end;
    if (const auto failure = document_.outcome())
        return failure;
    return end;
}

kb_id_answer::id_document::id_document(std::uint64_t slice_ids)
    : answer_document(endpoints::knowledge_base.root),
      most(slice_ids)
{
}

void kb_id_answer::id_document::open(std::string_view, const char* const*, std::size_t)
{
    value.clear();
}

void kb_id_answer::id_document::text(std::string_view piece)
{
    if (value.size() < id_text_limit)
        value += piece;
}

void kb_id_answer::id_document::close(std::string_view name, std::size_t)
{
    const auto ids = trimmed(value);
    if (name == "ID")
    {
        if (const auto id = number_in<std::uint64_t>(ids); id && *id != 0)
            add(*id, *id);
    }
    else if (name == "ID_RANGE")
    {
        const auto dash = std::min(ids.find('-'), ids.size());
        const auto first = number_in<std::uint64_t>(trimmed(ids.substr(0, dash)));
        const auto end = number_in<std::uint64_t>(trimmed(ids.substr(std::min(dash + 1, ids.size()))));
        if (first && end && *first != 0 && *first <= *end)
            add(*first, *end);
    }
    value.clear();
}

/// A range of any length costs a slice for each `most` ids, and a list of slices has an end.
void kb_id_answer::id_document::add(std::uint64_t first, std::uint64_t end)
{
    constexpr std::size_t most_slices = 10'000;
    last = std::max(last, end);
    for (auto next = first; slices.size() < most_slices;)
    {
        if (slices.empty() || in_slice == most)
        {
            slices.push_back(next);
            in_slice = 0;
        }
        const auto taken = std::min(most - in_slice, end - next + 1);
        in_slice += taken;
        if (end - next < taken)
            return;
        next += taken;
    }
}

}  // namespace qdc::services
