#include "services/changes/id_ranges_answer.hpp"

#include "services/changes/known_findings.hpp"

#include <algorithm>
#include <utility>

namespace qdc::services
{
void id_ranges_answer::take(const qualys::listed_ids& ids)
{
    // What cannot be read would make hosts missing that are not.
    if (!ids.is_good())
        throw boost::system::system_error(errc::xml_malformed, "an ID_SET with something else than ids");
    hand_out({*ids.first, *ids.last});
}

void id_ranges_answer::hand_out(range ids)
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
        hand_out(*std::exchange(waiting_, std::nullopt));
    if (waiting_)
        return decode::progress::paused;
    return parser_.feed(in);
}

result<decode::progress> id_ranges_answer::finish()
{
    if (waiting_)
        hand_out(*std::exchange(waiting_, std::nullopt));
    if (waiting_)
        return decode::progress::paused;
    if (!parsed_)
    {
        const auto finished = ended(parser_.finish());
        if (!finished || *finished == decode::progress::paused)
            return finished;
        parsed_ = true;
    }
    return taker_.end(last_warning().has_value()) ? decode::progress::hungry : decode::progress::paused;
}

}  // namespace qdc::services
