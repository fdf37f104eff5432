#include "services/host_id_answer.hpp"

#include "base/number.hpp"
#include "base/text.hpp"

namespace qdc::services
{
namespace
{

/// An id or a range of ids; more text than this is neither.
constexpr std::size_t text_limit = 100;

}  // namespace

void host_id_document::open(std::string_view, const char* const*, std::size_t)
{
    text_.clear();
}

void host_id_document::text(std::string_view piece)
{
    if (text_.size() < text_limit)
        text_ += piece;
}

void host_id_document::close(std::string_view name, std::size_t)
{
    if (name == "ID" || name == "ID_RANGE")
    {
        // "7" or "7-12".
        const auto ids = trimmed(text_);
        const auto hyphen = ids.find('-');
        const auto first = number_in<std::uint64_t>(trimmed(ids.substr(0, hyphen)));
        const auto last = hyphen == ids.npos ? first : number_in<std::uint64_t>(trimmed(ids.substr(hyphen + 1)));
        if (!first_)
            first_ = first;
        if (first && last)
            places_.add(*first, *last);
    }
    text_.clear();
}

result<decode::progress> host_id_answer::finish()
{
    const auto finished = parser_.finish();
    if (!finished || *finished == decode::progress::paused)
        return finished;
    if (const auto failure = document_.outcome())
        return failure;
    return finished;
}

}  // namespace qdc::services
