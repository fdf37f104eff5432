#include "qualys/id_set.hpp"

#include "base/number.hpp"
#include "base/text.hpp"

namespace qdc::qualys
{
namespace
{

/// An id or a range of ids; more text than this is neither.
constexpr std::size_t text_limit = 100;

listed_ids read(std::string_view text, bool is_range)
{
    // "7-12" becomes 7 and 12, "7" becomes 7 and 7; what is no number becomes nothing.
    listed_ids ids;
    ids.is_range = is_range;
    const auto hyphen = text.find('-');
    ids.has_hyphen = hyphen != text.npos;
    ids.first = number_in<std::uint64_t>(trimmed(text.substr(0, hyphen)));
    ids.last = ids.has_hyphen ? number_in<std::uint64_t>(trimmed(text.substr(hyphen + 1))) : ids.first;
    return ids;
}

}  // namespace

void id_set_document::open(std::string_view, const char* const*, std::size_t)
{
    ids_.clear();
}

void id_set_document::text(std::string_view piece)
{
    if (ids_.size() < text_limit)
        ids_ += piece;
}

void id_set_document::close(std::string_view name, std::size_t)
{
    // The derived class gets each one when its element ends.
    const bool is_range = name == "ID_RANGE";
    if (is_range || name == "ID")
        take(read(trimmed(ids_), is_range));
    ids_.clear();
}

}  // namespace qdc::qualys
