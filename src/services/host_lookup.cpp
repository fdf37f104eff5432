#include "services/host_exchange.hpp"
#include "services/host_id_answer.hpp"

#include <utility>

namespace qdc::services
{
namespace
{

/// Nothing of the host at fault was readable, not even its ID. The list of ids names it: the first behind what came.
class host_lookup final : public host_exchange
{
public:
    host_lookup(host_session& session, host_range& range) : host_exchange(session), range_(range)
    {
        range_.busy = true;
        // One id is enough, from the first host that did not come.
        call_ = session_.window_ids_call(range_.progress.first_missing(), range_.progress.cursor.last);
        call_.form["truncation_limit"] = "1";
    }

    ~host_lookup() override { range_.busy = false; }

    answer_reader& reader() override
    {
        if (!answer_)
            answer_ = std::make_unique<host_id_answer>(1);
        return *answer_;
    }

    void taken() override {}

    /// Where no host is known, none can be at fault: then the page is asked for until it comes.
    error_code done() override
    {
        const auto id = answer_->first();
        answer_.reset();
        // The entry was made when the page failed, all but its id.
        auto host = *std::exchange(range_.suspect, std::nullopt);
        host.id = id.value_or(0);
        if (id && *id >= range_.progress.next && session_.leave_out(range_, std::move(host)))
            return {};
        // There is no such host, or too many in a row failed: from here on nobody is left out until a page comes.
        session_.quarantine.begin_outage();
        session_.notices.push_back(
            {trouble_id::malformed,
             "no single host is at fault behind host " + std::to_string(range_.progress.next) +
                 ": nothing is left out, and the page is asked for again"}
        );
        return {};
    }

    what_next failed(const call_failure& failure) override
    {
        answer_.reset();
        return failure.lasting ? what_next::give_up : what_next::again;
    }

    std::uint64_t progress() const override { return 0; }

private:
    host_range& range_;
    std::unique_ptr<host_id_answer> answer_;
};

}  // namespace

std::unique_ptr<exchange> make_host_lookup(host_session& session, host_range& range)
{
    return std::make_unique<host_lookup>(session, range);
}

}  // namespace qdc::services
