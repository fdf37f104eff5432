#include "services/changes/id_ranges_answer.hpp"

#include "base/number.hpp"
#include "base/text.hpp"
#include "services/changes/known_findings.hpp"

#include <algorithm>
#include <utility>

namespace qdc::services
{
namespace
{

/// An id or a range of ids; more text than this is neither.
constexpr std::size_t text_limit = 100;

}  // namespace

void id_ranges_answer::open(std::string_view, const char* const*, std::size_t)
{
    text_.clear();
}

void id_ranges_answer::text(std::string_view piece)
{
    if (text_.size() < text_limit)
        text_ += piece;
}

void id_ranges_answer::close(std::string_view name, std::size_t)
{
    // "7" or "7-12".
    const auto ids = trimmed(text_);
    if (name == "ID" || name == "ID_RANGE")
    {
        const auto hyphen = ids.find('-');
        const auto first = number_in<std::uint64_t>(trimmed(ids.substr(0, hyphen)));
        const auto last = hyphen == ids.npos ? first : number_in<std::uint64_t>(trimmed(ids.substr(hyphen + 1)));
        // What cannot be read would make hosts missing that are not.
        if (!first || !last || *first > *last)
            throw boost::system::system_error(errc::xml_malformed, "an ID_SET with something else than ids");
        take({*first, *last});
    }
    text_.clear();
}

void id_ranges_answer::take(range ids)
{
    ids.last = std::min(ids.last, known_findings::highest_host);
    if (ids.first > ids.last)
        return;
    const auto next = taker_.take(ids.first, ids.last);
    waiting_ = next <= ids.last ? std::optional(range{next, ids.last}) : std::nullopt;
}

result<decode::progress> id_ranges_answer::feed(std::string_view& in)
{
    if (waiting_)
        take(*std::exchange(waiting_, std::nullopt));
    if (waiting_)
        return decode::progress::paused;
    return parser_.feed(in);
}

result<decode::progress> id_ranges_answer::finish()
{
    if (waiting_)
        take(*std::exchange(waiting_, std::nullopt));
    if (waiting_)
        return decode::progress::paused;
    if (!parsed_)
    {
        const auto finished = parser_.finish();
        if (!finished || *finished == decode::progress::paused)
            return finished;
        if (const auto failure = outcome())
            return failure;
        parsed_ = true;
    }
    return taker_.end(last_warning().has_value()) ? decode::progress::hungry : decode::progress::paused;
}

}  // namespace qdc::services
