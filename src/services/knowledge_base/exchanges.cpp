#include "base/number.hpp"
#include "services/knowledge_base/endpoint.hpp"
#include "services/knowledge_base/id_answer.hpp"
#include "services/knowledge_base/session.hpp"
#include "services/session_exchange.hpp"

#include <utility>

namespace qdc::services
{
namespace
{

// 2,000 entries took one and a half minutes, and clients' time-outs are at ten.
constexpr std::uint64_t ids_per_slice = 2000;
// The list of parameters has its limits; others ask for as many.
constexpr std::size_t missing_per_call = 500;
// A list of ids that is refused so often is done without.
constexpr std::uint32_t listing_tries = 3;

/// The first QID that an answer left out; nothing: it is complete. Where the WARNING has no address that is `behind`, and 0
/// is no place to go on at.
std::optional<std::uint64_t> rest_of(const std::optional<qualys::warning>& warning, std::uint64_t behind)
{
    if (!warning)
        return std::nullopt;
    if (const auto address = qualys::query_parameter(warning->url, "id_min"))
        return number_in<std::uint64_t>(*address).value_or(0);
    return warning->is_of_cut_answer() ? std::optional(behind) : std::nullopt;
}

/// What every exchange here has.
class kb_exchange : public session_exchange<kb_session>
{
public:
    using session_exchange::session_exchange;

    void dated(utc_time source_now) final { session_.progress.vouch(source_now); }

    extra_parameters* extra() final { return &session_.options.extra; }

    std::uint64_t progress() const override { return session_.progress.next(); }

protected:
    /// `details`: "All" or "None". There is no truncation_limit: this endpoint refuses it.
    void begin_call(const char* details)
    {
        call_ = {endpoints::knowledge_base, session_.options.filters};
        session_.options.extra.add_to(call_.form);
        call_.form["action"] = "list";
        call_.form["details"] = details;
    }
};

/// The list of a complete pull, from the first QID that is not taken yet.
class kb_listing final : public kb_exchange
{
public:
    explicit kb_listing(kb_session& session) : kb_exchange(session) { make_call(); }

    answer_reader& reader() override
    {
        answer_ = std::make_unique<kb_id_answer>(ids_per_slice);
        return *answer_;
    }

    void taken() override {}

    error_code done() override
    {
        // A list that was cut goes on with another call.
        const auto rest = rest_of(answer_->last_warning(), answer_->last() + 1);
        if (rest && *rest <= session_.progress.list_from())
            return errc::cursor_stands_still;
        session_.progress.list_came(answer_->slices(), answer_->last(), rest);
        return {};
    }

    /// Whether `details=None` is known to each version nobody says: without it the slices are made by number.
    what_next failed(const call_failure& failure) override
    {
        make_call();
        const bool refused = failure.lasting || (failure.smaller && ++failed_ >= listing_tries);
        // A fault of the network, a limit or maintenance says nothing about the list.
        if (failure.elsewhere || !refused)
            return what_next::again;
        session_.notices.push_back(
            {trouble_id::notice, "there is no list of ids: the KnowledgeBase is pulled by ranges of numbers"}
        );
        session_.progress.list_refused();
        return what_next::instead;
    }

private:
    void make_call()
    {
        begin_call("None");
        if (session_.progress.list_from() > 1)
            call_.form["id_min"] = std::to_string(session_.progress.list_from());
    }

    std::unique_ptr<kb_id_answer> answer_;
    std::uint32_t failed_{0};
};

/// One that reads entries. What it read goes into the index when its events are in the outbox, never before.
class kb_reading : public kb_exchange
{
public:
    using kb_exchange::kb_exchange;

    answer_reader& reader() final
    {
        answer_ = std::make_unique<kb_answer>(session_.entries, events_, session_.known, session_.counts);
        return *answer_;
    }

    void taken() final
    {
        if (!answer_)
            return;
        const auto next = answer_->document().take();
        took(next, answer_->document().is_disordered());
    }

protected:
    /// Everything in front of `next` is taken.
    virtual void took(std::optional<std::uint64_t> next, bool disordered)
    {
        static_cast<void>(next);
        static_cast<void>(disordered);
    }

    /// What an answer came to.
    struct answer_end
    {
        std::uint64_t entries{0};
        std::optional<std::uint64_t> rest{};  ///< see rest_of()
    };

    /// The answer was read as far as it came, and taken.
    answer_end end_answer()
    {
        if (!answer_)
            return {};
        taken();
        const auto& document = answer_->document();
        const answer_end end{document.read(), rest_of(document.last_warning(), document.end().value_or(0))};
        session_.counts.replaced_characters += answer_->replaced();
        for (const auto& notice : document.notices())
            session_.notices.push_back({trouble_id::notice, "Qualys says: " + notice});
        answer_.reset();
        return end;
    }

private:
    std::unique_ptr<kb_answer> answer_;
};

/// The entries of one slice, in a complete pull or in an update.
class kb_slice_exchange final : public kb_reading
{
public:
    explicit kb_slice_exchange(kb_session& session) : kb_reading(session) { make_call(); }

    error_code done() override
    {
        const auto end = end_answer();
        if (end.rest && *end.rest <= asked_.first)
            return errc::cursor_stands_still;
        // What an answer left out is a slice of its own.
        if (end.rest && (!asked_.last || *end.rest <= *asked_.last))
            session_.progress.slice_goes_on(*end.rest);
        else
            session_.progress.slice_came(asked_, end.entries);
        return {};
    }

    what_next failed(const call_failure& failure) override
    {
        end_answer();
        // The slice may be a smaller one now, so the call is made again.
        const auto next = session_.progress.slice_failed(failure);
        make_call();
        return next;
    }

    what_next leave_out(const call_failure& failure) override
    {
        // The suspect is the only QID of its slice.
        const auto qid = session_.progress.slice()->first;
        const auto next = session_.progress.leave_out(failure);
        if (next == what_next::left_out)
            session_.notices.push_back(
                {trouble_id::quarantine,
                 "QID " + std::to_string(qid) + " cannot be fetched (" + failure.reason +
                     "): it is in quarantine, the others are delivered, and each later cycle tries it once"}
            );
        else
            make_call();
        return next;
    }

protected:
    void took(std::optional<std::uint64_t> next, bool disordered) override
    {
        // Without order nobody knows what is missing, so nothing of the slice counts as done.
        if (disordered)
            session_.progress.back_to(asked_.first);
        else if (next)
            session_.progress.took(*next);
    }

private:
    void make_call()
    {
        begin_call("All");
        // The borders of the slice. Without an end everything behind its beginning is asked for.
        asked_ = *session_.progress.slice();
        if (asked_.first > 1)
            call_.form["id_min"] = std::to_string(asked_.first);
        if (asked_.last)
            call_.form["id_max"] = std::to_string(*asked_.last);
        // An update asks for what was modified in its window.
        if (const auto after = session_.progress.modified_after())
            call_.form["last_modified_after"] = utc_seconds(*after);
        if (const auto before = session_.progress.modified_before())
            call_.form["last_modified_before"] = utc_seconds(*before);
    }

    kb_slice asked_;
};

/// Entries that detections missed, by their QIDs. Those that do not come are not asked for again in this cycle.
class kb_missing final : public kb_reading
{
public:
    explicit kb_missing(kb_session& session) : kb_reading(session), qids_(session.known.missing.next(missing_per_call))
    {
        begin_call("All");
        std::string ids;
        for (const auto qid : qids_)
            ids += (ids.empty() ? "" : ",") + std::to_string(qid);
        call_.form["ids"] = std::move(ids);
    }

    error_code done() override
    {
        const auto end = end_answer();
        if (end.rest && *end.rest <= qids_.front())
            return errc::cursor_stands_still;
        // Those that the answer left out are asked for with the next call.
        if (end.rest)
            std::erase_if(qids_, [&end](std::uint64_t qid) { return qid >= *end.rest; });
        session_.known.missing.asked(qids_);
        return {};
    }

    /// The detections do without them until the next time.
    what_next failed(const call_failure& failure) override
    {
        end_answer();
        if (failure.elsewhere)
            return what_next::again;
        session_.missing_failed = true;
        return what_next::instead;
    }

private:
    std::vector<std::uint64_t> qids_;
};

/// One QID of the quarantine. An answer without it frees it, too: Qualys has no such entry any more.
class kb_probe final : public kb_reading
{
public:
    kb_probe(kb_session& session, std::uint64_t qid) : kb_reading(session), qid_(qid)
    {
        begin_call("All");
        call_.form["ids"] = std::to_string(qid);
    }

    error_code done() override
    {
        const auto came = end_answer().entries;
        session_.progress.probed(qid_, true);
        session_.notices.push_back(
            {std::nullopt,
             "QID " + std::to_string(qid_) + (came != 0 ? " came" : " is not there any more") +
                 " and has left the quarantine"}
        );
        return {};
    }

    what_next failed(const call_failure& failure) override
    {
        end_answer();
        if (failure.elsewhere)
            return what_next::again;
        session_.progress.probed(qid_, false);
        return what_next::stays_out;
    }

    bool is_of_one_record() const override { return true; }

private:
    std::uint64_t qid_;
};

}  // namespace

std::unique_ptr<exchange> make_kb_listing(kb_session& session)
{
    return std::make_unique<kb_listing>(session);
}

std::unique_ptr<exchange> make_kb_slice(kb_session& session)
{
    return std::make_unique<kb_slice_exchange>(session);
}

std::unique_ptr<exchange> make_kb_missing(kb_session& session)
{
    return std::make_unique<kb_missing>(session);
}

std::unique_ptr<exchange> make_kb_probe(kb_session& session, std::uint64_t qid)
{
    return std::make_unique<kb_probe>(session, qid);
}

}  // namespace qdc::services
