#include "services/hosts.hpp"

#include "services/changes/list_exchanges.hpp"
#include "services/host_exchange.hpp"
#include "services/host_list/endpoint.hpp"
#include "services/host_list_detection/endpoint.hpp"
#include "services/host_session.hpp"
#include "services/knowledge_base/join.hpp"
#include "services/state_members.hpp"

#include <boost/json/object.hpp>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace qdc::services
{
namespace
{

/// The walk through the hosts of a window, by ascending id; then, once in a cycle, each host in quarantine.
class hosts final : public service
{
public:
    /// `changes`: nothing: none are sent.
    hosts(
        host_service_kind kind,
        service_options options,
        devo::event_style style,
        std::optional<change_options> changes = std::nullopt
    )
        : session_(std::move(kind), std::move(options), std::move(style))
    {
        if (!changes)
            return;
        const auto table = session_.options.tables.find(session_.kind.name);
        if (table == session_.options.tables.end())
            throw std::invalid_argument("changes need a table");
        // Otherwise hosts that come again unchanged are recognised by what is known of them.
        if (!changes->all)
            session_.memory.turn_off();
        session_.feed = std::make_unique<change_feed>(std::move(*changes), table->second);
    }

    std::string_view name() const override { return session_.kind.name; }

    bool restore(std::string_view state) override
    {
        if (!session_.window.restore(state, session_.ranges, session_.memory, session_.quarantine))
            return false;
        // When what is known of the findings does not reach as far as that state, everything is compared again.
        if (session_.feed != nullptr && !session_.feed->restore(state))
            compare_everything();
        restore_wanted(state);
        return true;
    }

    std::string state() const override
    {
        auto text = session_.window.state(session_.ranges, session_.memory, session_.quarantine);
        // The closing brace gives way to one more member.
        const auto add = [&text](const std::string& member)
        {
            text.back() = ',';
            text += member + '}';
        };
        if (session_.feed != nullptr)
            add(session_.feed->member());
        // What the KnowledgeBase has not fetched when the program ends is fetched after the next start.
        if (const auto qids = session_.join != nullptr ? session_.join->wanted() : std::string(); !qids.empty())
            add(R"("wanted":")" + qids + '"');
        return text;
    }

    std::string state_at(utc_time mark, const std::vector<std::string>&) const override
    {
        host_window delivered(session_.options);
        // A service that has delivered everything up to `mark`, with nothing else known.
        delivered.mark_at(mark);
        return delivered.state(host_ranges(session_.options.page_size), {}, {});
    }

    void begin_cycle(utc_time now, std::optional<utc_time> source_now) override;
    std::unique_ptr<exchange> next() override;

    bool is_complete() const override
    {
        return session_.ranges.all_walked() && session_.under_way == 0 && !session_.quarantine.has_next() &&
               !wants_list();
    }

    std::uint32_t records_per_page() const override { return session_.size.now(); }

    std::vector<quarantined> in_quarantine() const override;

    const tally& counts() const override { return session_.counts; }

    std::string position() const override
    {
        const auto next = session_.ranges.first_open();
        return next == 0 ? "the first host" : "host " + std::to_string(next);
    }

    std::optional<utc_time> watermark() const override { return session_.window.mark(); }

    time_window window() const override { return asked_window_; }

    std::vector<notice> take_notices() override
    {
        // Once: the next windows may be as full.
        if (session_.memory.is_overfull() && !std::exchange(overfull_noted_, true))
            session_.notices.push_back(
                {trouble_id::notice,
                 "more hosts were processed within the overlap of two windows than are remembered: those beyond come "
                 "twice"}
            );
        return std::exchange(session_.notices, {});
    }

private:
    /// A list of ids is due behind the walk.
    bool wants_list() const
    {
        return session_.feed != nullptr && (session_.feed->walked() || session_.feed->wants_complete_list());
    }

    void compare_everything();
    /// What detections missed before the program ended.
    void restore_wanted(std::string_view state);
    void begin_changes(utc_time now, bool opened);

    host_session session_;
    time_window asked_window_;
    bool overfull_noted_{false};
};

/// What is known does not belong to the state: it was lost, or changes are sent for the first time.
void hosts::compare_everything()
{
    // Without a mark the next window is the first one again, and takes all hosts.
    session_.window.begin_again();
    session_.ranges.open(0, session_.size);
    session_.memory.forget_known();
    session_.notices.push_back(
        {trouble_id::state_changed,
         "what is known of the findings does not reach as far as the checkpoint: this pull goes through all hosts, and "
         "every finding is new"}
    );
}

void hosts::restore_wanted(std::string_view state)
{
    const auto object = session_.join != nullptr ? parse_state(state) : std::nullopt;
    if (object)
        session_.join->want(text_member(*object, "wanted"));
}

void hosts::begin_changes(utc_time now, bool opened)
{
    auto& feed = *session_.feed;
    feed.begin_cycle(now);
    // The first pull finds nothing known, a refresh sends everything, any other window sends the differences.
    const auto kind = session_.window.is_first()     ? comparison::baseline
                      : session_.window.is_refresh() ? comparison::refresh
                                                     : comparison::plain;
    // A window that is still open goes on; a new one begins its own account of the hosts that came.
    if (opened)
        feed.open_window(kind);
    else
        feed.resume(kind);
    // What stands of the walk in the state does not say that it is over.
    while (feed.walked() && session_.ranges.next() != nullptr)
        session_.ranges.end(*session_.ranges.next());
    session_.counts.findings_known = feed.known.counts().findings;
}

void hosts::begin_cycle(utc_time now, std::optional<utc_time> source_now)
{
    session_.blank.begin_cycle(now);
    session_.ranges.begin_cycle();
    session_.quarantine.begin_cycle();
    const bool opens = !session_.window.is_open();
    if (opens)
    {
        // The earlier of the two clocks: a window must not end in Qualys' future.
        session_.window.open(std::min(now, source_now.value_or(now)), session_.memory);
        session_.ranges.open(0, session_.size);
    }
    if (session_.feed != nullptr)
        begin_changes(now, opens);
    asked_window_ = {session_.window.from(), session_.window.until()};
}

/// First what is open, then the list that gives more lanes work; those in quarantine once all others are through.
std::unique_ptr<exchange> hosts::next()
{
    // The walk: the next page of a range that nobody walks.
    if (auto* const range = session_.next_range())
        return range->suspect ? make_host_lookup(session_, *range) : make_host_page(session_, *range);
    // No range is free, but the open one is long: its list cuts it.
    if (session_.ranges.wants_list())
        return make_host_listing(session_);
    // Other lanes walk the last ranges; what follows needs all of them.
    if (!session_.ranges.all_walked())
        return nullptr;
    // One list at a time: the window's first, which closes the window, then the one of all hosts.
    if (wants_list())
    {
        if (session_.list_busy)
            return nullptr;
        return session_.feed->walked() ? make_window_list(session_) : make_complete_list(session_);
    }
    const auto host = session_.quarantine.next();
    return host ? make_host_probe(session_, *host) : nullptr;
}

std::vector<quarantined> hosts::in_quarantine() const
{
    std::vector<quarantined> all;
    for (const auto& host : session_.quarantine.all())
        all.push_back({"host", std::to_string(host.id), host.since, host.reason});
    return all;
}

}  // namespace

std::unique_ptr<service> make_host_list_detection(service_options options, devo::event_style style)
{
    // Qualys' own defaults, said explicitly: a default that changes there must not change what arrives here.
    host_service_kind kind{
        "host_list_detection",
        endpoints::host_list_detection,
        {"HOST_LIST_VM_DETECTION_OUTPUT", true},
        {{"status", "New,Active,Re-Opened"}, {"show_results", "1"}, {"show_igs", "0"}}};
    auto changes = read_change_options(options, kind.defaults.at("status"));
    if (changes)
        style.other_tag = changes->tag;
    return std::make_unique<hosts>(std::move(kind), std::move(options), std::move(style), std::move(changes));
}

std::unique_ptr<service> make_host_list(service_options options, devo::event_style style)
{
    host_service_kind kind{"host_list", endpoints::host_list, {"HOST_LIST_OUTPUT", false}, {}};
    return std::make_unique<hosts>(std::move(kind), std::move(options), std::move(style));
}

}  // namespace qdc::services
