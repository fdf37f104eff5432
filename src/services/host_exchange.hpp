#pragma once

#include "services/host_answer.hpp"
#include "services/host_session.hpp"
#include "services/session_exchange.hpp"

#include <memory>

namespace qdc::services
{

/// The next page of a range. A host in quarantine is walked around: the page ends in front of it, and the
/// next one begins behind it. A host that cannot be read, alone on its page three times, is left out.
std::unique_ptr<exchange> make_host_page(host_session& session, host_range& range);

/// The id of a range's suspect, a host of which nothing came, from the list of ids alone, which is quick where the host
/// itself is not. Then the host is left out.
std::unique_ptr<exchange> make_host_lookup(host_session& session, host_range& range);

/// The list of ids, by which the window is cut into ranges. Without it the window is walked as it is.
std::unique_ptr<exchange> make_host_listing(host_session& session);

/// A host in quarantine, alone: one failure is enough until the next cycle.
std::unique_ptr<exchange> make_host_probe(host_session& session, std::uint64_t id);

/// What every exchange of a host service has.
class host_exchange : public session_exchange<host_session>
{
public:
    using session_exchange::session_exchange;

    void dated(utc_time source_now) final { session_.window.vouch(source_now, session_.memory); }
};

/// One that reads hosts, by ascending id.
class host_reading : public host_exchange
{
public:
    /// `progress` outlives the exchange.
    host_reading(host_session& session, host_progress& progress) : host_exchange(session), progress_(progress)
    {
        if (session_.feed != nullptr)
            changes_.emplace(*session_.feed, events_, session_.counts);
    }

    ~host_reading() override { progress_.roll_back(); }

    extra_parameters* extra() final { return &session_.options.extra; }

    answer_reader& reader() final;

    void taken() final;

    bool wants_taking() const final { return answer_ != nullptr && answer_->document().has_many_updates(); }

    std::uint64_t progress() const final { return progress_.next; }

protected:
    /// The answer was read as far as it came, and taken. It is needed no more.
    void end_answer();

    const host_document& document() const { return answer_->document(); }

    host_progress& progress_;

private:
    std::optional<change_writer> changes_;
    std::unique_ptr<decode::element_names> names_;  ///< of this exchange alone: readers beside it change their own
    std::unique_ptr<host_answer> answer_;
};

}  // namespace qdc::services
