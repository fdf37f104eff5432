#include "services/changes/list_exchanges.hpp"

#include "base/number.hpp"
#include "services/changes/change_writer.hpp"
#include "services/changes/id_ranges_answer.hpp"
#include "services/host_exchange.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace qdc::services
{
namespace
{

// As much of events, and of what follows from them, as a page gathers.
constexpr std::size_t ready_limit = 96 * 1024;
constexpr std::size_t update_limit = 1u << 20;

// So many hosts can be missing in one list; those behind them wait for the next.
constexpr std::size_t missing_limit = 100'000;

/// What the two lists have in common: updates of hosts that wait until their events are in the outbox.
class list_exchange : public host_exchange, protected id_taker
{
public:
    explicit list_exchange(host_session& session)
        : host_exchange(session),
          feed_(*session.feed),
          changes_(feed_, events_, session.counts)
    {
        session_.list_busy = true;
    }

    ~list_exchange() override { session_.list_busy = false; }

    answer_reader& reader() override
    {
        id_taker& self = *this;
        if (!answer_)
            answer_ = std::make_unique<id_ranges_answer>(self);
        return *answer_;
    }

    void taken() override
    {
        for (const auto& update : std::exchange(updates_, {}))
            feed_.known.take(update);
        update_bytes_ = 0;
        session_.counts.findings_known = feed_.known.counts().findings;
    }

    bool wants_taking() const override { return is_full(); }

    bool is_optional() const override { return true; }

    std::string position() const override { return "the list of host ids"; }

protected:
    bool is_full() const { return events_.ready_bytes() >= ready_limit || update_bytes_ >= update_limit; }

    void update(host_update wanted)
    {
        update_bytes_ += sizeof wanted + (wanted.value ? wanted.value->size() : 0);
        updates_.push_back(std::move(wanted));
    }

    /// What was read and is not in the outbox is asked for again.
    void forget_answer()
    {
        updates_.clear();
        update_bytes_ = 0;
        answer_.reset();
    }

    change_feed& feed_;
    change_writer changes_;
    std::unique_ptr<id_ranges_answer> answer_;

private:
    std::vector<host_update> updates_;
    std::size_t update_bytes_{0};
};

/// Behind the walk: a host that the window names and the walk did not bring has lost all of its findings.
class window_list final : public list_exchange
{
public:
    explicit window_list(host_session& session) : list_exchange(session) { make_call(); }

    void taken() override
    {
        list_exchange::taken();
        // The events of all hosts up to here are in the outbox: after a restart the list goes on behind them.
        feed_.listed_up_to(reached_);
    }

    error_code done() override
    {
        taken();
        // The warning is read before the answer goes.
        const auto warning = answer_->last_warning();
        forget_answer();
        const auto next = warning ? qualys::query_parameter(warning->url, "id_min") : std::nullopt;
        const auto place = next ? number_in<std::uint64_t>(*next) : std::nullopt;
        // The list is complete, and so is the window.
        if (!next)
        {
            session_.close_window();
            return {};
        }
        // A list that is cut goes on where it says; it has to move.
        if (!place || *place <= asked_)
            return errc::cursor_stands_still;
        feed_.listed_up_to(*place);
        return {};
    }

    what_next failed(const call_failure& failure) override
    {
        forget_answer();
        // What was taken stays; the list begins behind it.
        if (!failure.lasting)
        {
            make_call();
            return what_next::again;
        }
        session_.notices.push_back(
            {trouble_id::malformed,
             "the list of host ids does not come (" + failure.reason +
                 "): hosts of this window that have lost all of their findings are seen when they are processed again"}
        );
        session_.close_window();
        return what_next::over;
    }

    std::uint64_t progress() const override { return feed_.listed(); }

private:
    void make_call()
    {
        asked_ = reached_ = feed_.listed();
        call_ = session_.window_ids_call(asked_);
    }

    /// Only hosts that are known matter, so the table is asked for the next one instead of each id of the range.
    std::uint64_t take(std::uint64_t first, std::uint64_t last) override
    {
        for (auto host = feed_.known.next(first); host && *host <= last; host = feed_.known.next(*host + 1))
        {
            if (is_full())
                return *host;
            take(*host);
            reached_ = std::max(reached_, *host + 1);
        }
        reached_ = std::max(reached_, last + 1);
        return last + 1;
    }

    void take(std::uint64_t host)
    {
        // A host in quarantine did not come because it cannot be read, and one that came was compared already.
        if (session_.quarantine.find(host) != nullptr || feed_.known.was_brought(feed_.window(), host))
            return;
        // Nothing is known to be gone, or a filter may hide it.
        const auto before = feed_.known.find(host);
        if (!before || before->findings.empty() || feed_.options.partial_answers)
            return;
        auto difference = all_gone(host, *before, feed_.counted);
        // There is no answer for this host: the event has its ID and the key of the finding alone.
        const auto object = "{\"ID\":\"" + std::to_string(host) + "\",\"DETECTION\":{";
        for (const auto& each : difference.gone)
        {
            ++session_.counts.received;
            changes_.write({object, each.key, "}"}, change::gone, each.was);
        }
        update(std::move(difference.update));
    }

    bool end(bool) override { return !is_full(); }

    std::uint64_t asked_{1};
    std::uint64_t reached_{1};
};

/// Finds hosts that Qualys has no more. The first list that lacks one notes the time, one a day later sends host_gone.
class complete_list final : public list_exchange
{
public:
    explicit complete_list(host_session& session) : list_exchange(session) { call_ = session_.all_ids_call(1); }

    error_code done() override
    {
        taken();
        forget_answer();
        // A list that is cut or out of order names only some of the hosts: none counts as missing by it.
        if (cut_)
            session_.notices.push_back(
                {trouble_id::malformed,
                 "the list of all host ids was cut, so no host counts as missing in it: it is asked for again in the "
                 "next cycle"}
            );
        if (cut_)
            feed_.without_complete_list();
        else
            feed_.complete_list_came(feed_.now());
        return {};
    }

    what_next failed(const call_failure& failure) override
    {
        // It is read from its front again: which hosts are missing shows only a complete list.
        forget_answer();
        restart();
        if (!failure.lasting && ++tries_ < most_tries)
            return what_next::again;
        // It is no part of the window, so the cycle goes on without it.
        feed_.without_complete_list();
        session_.notices.push_back(
            {trouble_id::malformed,
             "the list of all host ids does not come (" + failure.reason +
                 "): it is asked for again in the next cycle, and until then no host counts as gone"}
        );
        return what_next::over;
    }

    std::uint64_t progress() const override { return 0; }

private:
    static constexpr std::uint32_t most_tries = 3;

    void restart()
    {
        missing_.clear();
        next_ = 1;
        said_ = 0;
        cut_ = false;
    }

    /// Ids ascend; what is known between one and the next is missing. Where they do not, nothing can be said.
    std::uint64_t take(std::uint64_t first, std::uint64_t last) override
    {
        if (first < next_)
            cut_ = true;
        // In front of this range: what the list passed over. Inside of it: what is there.
        note_missing(first);
        for (auto host = feed_.known.next(first); host && *host <= last; host = feed_.known.next(*host + 1))
        {
            next_ = std::max(next_, *host);
            if (is_full())
                return *host;
            came(*host);
        }
        next_ = std::max(next_, last + 1);
        return last + 1;
    }

    /// Everything known in front of `end` that no id named.
    void note_missing(std::uint64_t end)
    {
        for (auto host = feed_.known.next(next_); host && *host < end && missing_.size() < missing_limit;
             host = feed_.known.next(*host + 1))
            missing_.push_back(*host);
    }

    /// It is there, so it is not missing any more.
    void came(std::uint64_t host)
    {
        auto known = feed_.known.find(host);
        if (!known || !known->missing_since)
            return;
        // It was missing for a while and has come back; its next absence begins to count from its own start.
        known->missing_since.reset();
        host_update changed;
        changed.id = host;
        changed.value = encode(*known);
        update(std::move(changed));
    }

    bool end(bool cut) override
    {
        cut_ = cut_ || cut;
        // Nothing can be said of what is missing, only what came may still wait to be taken.
        if (cut_)
            return !is_full();
        // Behind the last id of the list everything is missing, too.
        note_missing(known_findings::highest_host);
        next_ = known_findings::highest_host;
        // Their events are sent bit by bit: said_ remembers where to go on after a pause.
        for (; said_ < missing_.size(); ++said_)
        {
            if (is_full())
                return false;
            missing(missing_[said_]);
        }
        return !is_full();
    }

    void missing(std::uint64_t host)
    {
        auto known = feed_.known.find(host);
        if (!known)
            return;
        // The first list that lacks it: this may be an accident, so it is only noted.
        if (!known->missing_since)
        {
            known->missing_since = std::chrono::floor<std::chrono::seconds>(feed_.now());
            host_update changed;
            changed.id = host;
            changed.value = encode(*known);
            update(std::move(changed));
            return;
        }
        // Two lists too close to each other prove no more than one.
        if (feed_.now() - *known->missing_since < missing_time)
            return;
        // Gone: one event for the host, and everything known of it is erased.
        ++session_.counts.received;
        changes_.write({"{\"ID\":\"", std::to_string(host), "\""}, change::host_gone, {});
        host_update erased;
        erased.id = host;
        erased.findings = -static_cast<std::int64_t>(known->findings.size());
        erased.hosts = -1;
        erased.erased = true;
        update(std::move(erased));
    }

    std::vector<std::uint64_t> missing_;  ///< known hosts that the list lacks
    std::uint64_t next_{1};               ///< the first id that the list has not passed
    std::size_t said_{0};                 ///< of missing_
    std::uint32_t tries_{0};
    bool cut_{false};
};

}  // namespace

std::unique_ptr<exchange> make_window_list(host_session& session)
{
    return std::make_unique<window_list>(session);
}

std::unique_ptr<exchange> make_complete_list(host_session& session)
{
    return std::make_unique<complete_list>(session);
}

}  // namespace qdc::services
