// How the list and its taker take turns:
//
//   caller                   id_ranges_answer            id_taker
//   feed(bytes) ──────────▶  a range, 1 … 5000 ───────▶  take(1, 5000): full at host 313
//   ◀─────────────── paused  waiting 313 … 5000  ◀─────  313
//   events are taken
//   feed(bytes) ──────────▶  ─────────────────────────▶  take(313, 5000)
//   ◀─────────────── hungry  ◀─────────────────────────  5001: all of it
//   finish() ─────────────▶  ─────────────────────────▶  end(cut)
//   ◀─────── paused, hungry  ◀─────────────────────────  false: call again, true

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
    // No host that is known has a higher id, so the rest of such a range says nothing.
    ids.last = std::min(ids.last, known_findings::highest_host);
    if (ids.first > ids.last)
        return;
    // What the taker has no space for waits until its events are taken.
    const auto next = taker_.take(ids.first, ids.last);
    waiting_ = next <= ids.last ? std::optional(range{next, ids.last}) : std::nullopt;
}

result<decode::progress> id_ranges_answer::feed(std::string_view& bytes)
{
    // First what an earlier call left over; only then more bytes.
    if (waiting_)
        hand_out(*std::exchange(waiting_, std::nullopt));
    if (waiting_)
        return decode::progress::paused;
    return parser_.feed(bytes);
}

result<decode::progress> id_ranges_answer::finish()
{
    if (waiting_)
        hand_out(*std::exchange(waiting_, std::nullopt));
    if (waiting_)
        return decode::progress::paused;
    // The parser is finished once; the taker's end may need several calls.
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
