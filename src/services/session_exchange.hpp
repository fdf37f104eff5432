#pragma once

#include "services/exchange.hpp"

#include <utility>

namespace qdc::services
{

/// What the exchanges of a service have in common that share a session: `blank`, the event writer that each begins with as
/// a copy, and `under_way`, how many of them are alive.
template <typename Session>
class session_exchange : public exchange
{
public:
    /// `session` outlives it.
    explicit session_exchange(Session& session, qualys::call call = {})
        : session_(session),
          call_(std::move(call)),
          events_(session.blank)
    {
        ++session_.under_way;
    }

    ~session_exchange() override { --session_.under_way; }

    const qualys::call& call() const final { return call_; }

    devo::event_writer& events() final { return events_; }

protected:
    Session& session_;
    qualys::call call_;
    devo::event_writer events_;
};

}  // namespace qdc::services
