#include "services/activity.hpp"

#include "base/fingerprint.hpp"
#include "base/number.hpp"
#include "services/activity_answer.hpp"
#include "services/activity_window.hpp"
#include "services/page_size.hpp"
#include "services/session_exchange.hpp"
#include "services/user_activity/endpoint.hpp"

#include <algorithm>
#include <utility>

namespace qdc::services
{
namespace
{

// Whether Qualys counts the edges of a window in is not documented. So a second more is asked for at the old end; what
// is too much there, or at the new end, is left out again by its date.
constexpr std::chrono::seconds edge{1};

constexpr std::string_view truncated = "1980";

/// What the service and its page share.
struct activity_session
{
    activity_session(service_options configured, devo::event_style style)
        : options(std::move(configured)),
          size(options.page_size),
          window(options),
          shows_rows(!style.filter),
          blank(std::move(style))
    {
    }

    service_options options;
    page_size size;
    activity_window window;
    bool shows_rows;           ///< nothing of an event is hidden
    devo::event_writer blank;  ///< the writer of each page begins as its copy
    std::size_t under_way{0};  ///< pages that are alive
    tally counts;
    utc_time began{};               ///< the cycle
    std::vector<quarantined> rows;  ///< that could not be read in this cycle; the first hundred
    std::vector<notice> notices;
    std::string last_notice;
};

/// One page. The next one begins where this one ends, so there is never a second one beside it.
class activity_page final : public session_exchange<activity_session>
{
public:
    explicit activity_page(activity_session& session) : session_exchange(session) { make_call(); }

    answer_reader& reader() override
    {
        if (!answer_)
            answer_ =
                std::make_unique<activity_answer>(session_.options.own_user, events_, session_.window, session_.counts);
        return *answer_;
    }

    void dated(utc_time source_now) override { session_.window.vouch(source_now); }

    void taken() override
    {
        session_.window.taken();
        taken_ = session_.counts.received - session_.counts.duplicate - session_.counts.filtered;
    }

    error_code done() override;

    what_next failed(const call_failure& failure) override
    {
        taken();
        end_answer();
        const auto next = session_.size.after(failure);
        make_call();
        return next;
    }

    extra_parameters* extra() override { return &session_.options.extra; }

    std::uint64_t progress() const override { return taken_; }

private:
    void make_call();
    void end_answer();
    void note_unread(const std::vector<decode::unread_row>& rows);

    std::unique_ptr<activity_answer> answer_;
    std::uint64_t taken_{0};  ///< rows that are in the outbox, since the service was made
};

void activity_page::make_call()
{
    const auto& window = session_.window;
    call_ = {endpoints::user_activity, session_.options.filters};
    session_.options.extra.add_to(call_.form);
    call_.form["action"] = "list";
    call_.form["output_format"] = "csv";
    call_.form["truncation_limit"] = std::to_string(session_.size.now());
    call_.form["since_datetime"] = utc_seconds(window.from() - edge);
    call_.form["until_datetime"] = utc_seconds(window.until());
    if (const auto id = window.id_max())
        call_.form["id_max"] = std::to_string(*id);
}

error_code activity_page::done()
{
    taken();
    const auto footer = answer_->footer();
    note_unread(answer_->take_unread());
    end_answer();

    // An address without a readable id gives 0, which the window refuses: the page is asked for again.
    std::optional<std::uint64_t> next;
    if (footer && (footer->code == truncated || !footer->url.empty()))
        next = number_in<std::uint64_t>(qualys::query_parameter(footer->url, "id_max").value_or("")).value_or(0);
    // Anything else that Qualys writes at the end is passed on for people, once.
    else if (footer && !footer->text.empty() && footer->text != session_.last_notice)
        session_.notices.push_back({trouble_id::notice, "Qualys says: " + (session_.last_notice = footer->text)});
    const auto failure = session_.window.end_page(next);
    if (!failure)
        session_.size.grow();
    return failure;
}

/// What stands in such a row may be what obfuscation has to hide: then only its place is logged.
void activity_page::note_unread(const std::vector<decode::unread_row>& rows)
{
    constexpr std::size_t most = 100;
    const auto id = session_.window.id_max();
    const auto page = id ? "that begins with row " + std::to_string(*id) : "of the newest rows";
    for (const auto& row : rows)
    {
        const auto place = "line " + std::to_string(row.line) + " of the page " + page;
        // Once, though the next window brings it again: it is known as any row without a date.
        auto& window = session_.window;
        if (window.admit(fingerprint(row.beginning, window.seed() + row.bytes), std::nullopt))
            session_.notices.push_back(
                {trouble_id::quarantine,
                 "a row of the activity log cannot be read and is left out: " + place + ", " +
                     std::to_string(row.bytes) + " bytes" +
                     (session_.shows_rows ? ", it begins with: " + row.beginning : std::string())}
            );
        if (session_.rows.size() < most)
            session_.rows.push_back({"row", place, session_.began, "malformed"});
    }
}

void activity_page::end_answer()
{
    if (!answer_)
        return;
    session_.counts.replaced_characters += answer_->replaced();
    session_.counts.cut_fields += answer_->cut();
    answer_.reset();
}

class user_activity final : public service
{
public:
    user_activity(service_options options, devo::event_style style) : session_(std::move(options), std::move(style)) {}

    std::string_view name() const override { return "user_activity"; }

    bool restore(std::string_view state) override { return session_.window.restore(state); }

    std::string state() const override { return session_.window.state(); }

    std::string state_at(utc_time mark, const std::vector<std::string>&) const override
    {
        activity_window delivered(session_.options);
        delivered.mark_at(mark);
        return delivered.state();
    }

    void begin_cycle(utc_time now, std::optional<utc_time> source_now) override
    {
        session_.blank.begin_cycle(now);
        session_.began = std::chrono::floor<std::chrono::seconds>(now);
        session_.rows.clear();
        if (!session_.window.is_open())
            // The earlier of the two clocks: a window must not end in Qualys' future.
            session_.window.open(std::min(now, source_now.value_or(now)));
        asked_window_ = {session_.window.from(), session_.window.until()};
    }

    /// The window is open as long as the cycle has a further call.
    std::unique_ptr<exchange> next() override
    {
        const bool more = session_.window.is_open() && session_.under_way == 0;
        return more ? std::make_unique<activity_page>(session_) : nullptr;
    }

    bool is_complete() const override { return !session_.window.is_open() && session_.under_way == 0; }

    std::uint32_t records_per_page() const override { return session_.size.now(); }

    /// A row is stepped over: it is named until the next cycle, and not asked for again.
    std::vector<quarantined> in_quarantine() const override { return session_.rows; }

    const tally& counts() const override { return session_.counts; }

    std::string position() const override
    {
        const auto id = session_.window.id_max();
        return id ? "row " + std::to_string(*id) : "the newest row";
    }

    std::optional<utc_time> watermark() const override { return session_.window.mark(); }

    time_window window() const override { return asked_window_; }

    std::vector<notice> take_notices() override { return std::exchange(session_.notices, {}); }

private:
    activity_session session_;
    time_window asked_window_;
};

}  // namespace

std::unique_ptr<service> make_user_activity(service_options options, devo::event_style style)
{
    return std::make_unique<user_activity>(std::move(options), std::move(style));
}

}  // namespace qdc::services
