#include "services/knowledge_base/kb_service.hpp"

#include "services/knowledge_base/entry.hpp"
#include "services/knowledge_base/session.hpp"

#include <chrono>
#include <utility>

namespace qdc::services
{
namespace
{

/// A missing entry is asked for at once; the next ones so much later at the earliest.
constexpr auto between_urgent_calls = std::chrono::minutes(15);

/// The KnowledgeBase: complete once, then what was modified; one call at a time.
class knowledge_base final : public service
{
public:
    knowledge_base(service_options options, devo::event_style style, kb_options entries)
        : wanted_(options.wanted != nullptr ? options.wanted : std::make_shared<enrichment>()),
          index_(options.tables.at(kb_table)),
          session_{
              std::move(options),
              entries,
              {*index_, wanted_->members, wanted_->missing, wanted_->revision},
              devo::event_writer(std::move(style))}
    {
        session_.progress.set_members(print_of_names(wanted_->members));
    }

    std::string_view name() const override { return "knowledge_base"; }

    bool restore(std::string_view state) override;

    std::string state() const override { return session_.progress.state(index_->generation()); }

    std::string state_at(utc_time mark, const std::vector<std::string>&) const override
    {
        kb_progress delivered(session_.options);
        delivered.mark_at(mark);
        delivered.set_members(session_.progress.members());
        return delivered.state(index_->generation());
    }

    void begin_cycle(utc_time now, std::optional<utc_time> source_now) override
    {
        urgent_ = false;
        session_.blank.begin_cycle(now);
        session_.progress.begin_cycle(now, source_now);
        session_.missing_failed = false;
        // What Qualys did not have in the last cycle may be there now, and cached look-ups are made again.
        wanted_->missing.forget_in_vain();
        ++wanted_->revision;
    }

    bool knows_urgent_calls() const override { return true; }

    bool has_urgent_call(utc_time now) const override
    {
        return !wanted_->missing.empty() && (!last_urgent_ || now - *last_urgent_ >= between_urgent_calls);
    }

    void begin_urgent_cycle(utc_time now) override
    {
        urgent_ = true;
        last_urgent_ = now;
        session_.blank.begin_cycle(now);
        session_.missing_failed = false;
    }

    std::unique_ptr<exchange> next() override;
    bool is_complete() const override;

    std::vector<quarantined> in_quarantine() const override { return session_.progress.in_quarantine(); }

    time_window window() const override
    {
        return {session_.progress.modified_after(), session_.progress.modified_before()};
    }

    const tally& counts() const override
    {
        session_.counts.kb_entries = index_->size();
        return session_.counts;
    }

    std::string position() const override { return "QID " + std::to_string(session_.progress.next()); }

    std::optional<utc_time> watermark() const override { return session_.progress.mark(); }

    std::vector<notice> take_notices() override { return std::exchange(session_.notices, {}); }

private:
    bool wants_window() const { return !urgent_ && (session_.progress.wants_list() || session_.progress.slice()); }

    /// Behind the window: what it brought is not asked for again.
    bool wants_missing() const { return !session_.missing_failed && !wanted_->missing.empty(); }

    std::optional<std::uint64_t> probe() const { return urgent_ ? std::nullopt : session_.progress.probe(); }

    std::shared_ptr<enrichment> wanted_;
    std::shared_ptr<keyed_values> index_;
    mutable kb_session session_;  ///< how large the index is, is counted when somebody asks
    std::optional<utc_time> last_urgent_;
    bool urgent_{false};  ///< the cycle is one of missing entries alone
};

bool knowledge_base::restore(std::string_view state)
{
    const auto members = session_.progress.members();
    if (!session_.progress.restore(state))
        return false;
    const auto& progress = session_.progress;
    // An index that is older than the state was set aside or deleted: what it knew is fetched again.
    const bool lost = progress.restored_index() && index_->generation() < *progress.restored_index();
    if (lost)
    {
        index_->clear();
        ++wanted_->revision;
    }
    // With other members too; but what is unchanged is not sent again.
    if (lost || progress.members() != members)
        session_.progress.pull_again();
    session_.progress.set_members(members);
    return true;
}

std::unique_ptr<exchange> knowledge_base::next()
{
    // One call at a time: the next one depends on how this one ends.
    if (session_.under_way != 0)
        return nullptr;
    // The window first, then what detections missed and it did not bring, last the quarantine.
    if (wants_window())
        return session_.progress.wants_list() ? make_kb_listing(session_) : make_kb_slice(session_);
    if (wants_missing())
        return make_kb_missing(session_);
    const auto qid = probe();
    return qid ? make_kb_probe(session_, *qid) : nullptr;
}

bool knowledge_base::is_complete() const
{
    return session_.under_way == 0 && !wants_window() && !wants_missing() && !probe();
}

}  // namespace

std::unique_ptr<service> make_knowledge_base(service_options options, devo::event_style style, kb_options entries)
{
    return std::make_unique<knowledge_base>(std::move(options), std::move(style), entries);
}

}  // namespace qdc::services
