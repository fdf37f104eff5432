#include "services/host_exchange.hpp"

namespace qdc::services
{

answer_reader& host_reading::reader()
{
    if (answer_)
        return *answer_;
    // Made when it is needed, and kept for the other attempts of this exchange.
    if (!names_)
        names_ = host_vocabulary();
    // Nothing of this answer is read yet; the rest of the cursor goes on from the answer before.
    progress_.cursor.first = 0;
    answer_ = std::make_unique<host_answer>(
        session_.kind.document,
        *names_,
        events_,
        progress_.cursor,
        session_.memory,
        session_.counts,
        session_.window.seed(),
        changes_ ? &*changes_ : nullptr
    );
    answer_->join_with(session_.join.get());
    return *answer_;
}

void host_reading::taken()
{
    if (session_.feed != nullptr)
    {
        // The events are in the outbox, so what follows from them may be known from now on.
        auto& known = session_.feed->known;
        for (const auto& host : progress_.cursor.finished)
        {
            known.take(host.update);
            known.brought(session_.feed->window(), host.id);
        }
        session_.counts.findings_known = known.counts().findings;
    }
    progress_.taken(session_.memory);
}

void host_reading::end_answer()
{
    taken();
    if (answer_)
        session_.counts.replaced_characters += answer_->replaced();
    answer_.reset();
}

}  // namespace qdc::services
