#include "services/host_exchange.hpp"

namespace qdc::services
{
namespace
{

/// Its progress is its own while it lasts: the list of those in quarantine may change meanwhile.
struct own_progress
{
    host_progress value;
};

/// The host comes and leaves the quarantine, or fails and stays in it; both end the exchange.
class host_probe final : private own_progress, public host_reading
{
public:
    host_probe(host_session& session, const host_quarantine::entry& host)
        : own_progress{host.progress},
          host_reading(session, value),
          id_(host.id)
    {
        call_ = session_.base_call();
        call_.form["ids"] = std::to_string(id_);
        call_.form.erase("id_min");
        call_.form.erase("id_max");
        call_.form["truncation_limit"] = "1";
        // From where its window began, without an end: it may have been processed again since then.
        add_window(call_, host.from, std::nullopt);
    }

    ~host_probe() override
    {
        if (!over_)
            session_.quarantine.put_back(id_);
    }

    error_code done() override
    {
        end_answer();
        over_ = true;
        const auto* const host = session_.quarantine.find(id_);
        session_.notices.push_back(
            {std::nullopt,
             "host " + std::to_string(id_) + " came and has left the quarantine" +
                 (host != nullptr ? ", in which it was since " + utc_seconds(host->since) : "")}
        );
        session_.quarantine.leave(id_);
        return {};
    }

    what_next failed(const call_failure& failure) override
    {
        end_answer();
        // A fault of the network, a limit or maintenance says nothing about the host.
        if (failure.elsewhere)
            return what_next::again;
        over_ = true;
        // What of it is in the outbox is kept, so that the next try does not send that again.
        session_.quarantine.keep(id_, progress_);
        return what_next::stays_out;
    }

    bool is_of_one_record() const override { return true; }

private:
    std::uint64_t id_;
    bool over_{false};
};

}  // namespace

std::unique_ptr<exchange> make_host_probe(host_session& session, std::uint64_t id)
{
    const auto* const host = session.quarantine.find(id);
    return host != nullptr ? std::make_unique<host_probe>(session, *host) : nullptr;
}

}  // namespace qdc::services
