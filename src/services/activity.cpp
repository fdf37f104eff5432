#include "services/activity.hpp"

#include "base/number.hpp"
#include "services/activity_answer.hpp"
#include "services/activity_window.hpp"
#include "services/user_activity/endpoint.hpp"

#include <utility>

namespace qdc::services
{
namespace
{

// Whether Qualys counts the edges of a window in is not documented. So a second more is asked for at the old end; what
// is too much there, or at the new end, is left out again by its date.
constexpr std::chrono::seconds edge{1};

constexpr std::string_view truncated = "1980";

class user_activity final : public service
{
public:
    user_activity(service_options options, devo::event_style style)
        : options_(std::move(options)),
          page_size_(options_.page_size),
          window_(options_),
          shows_rows_(!style.filter),
          events_(std::move(style))
    {
    }

    std::string_view name() const override { return "user_activity"; }

    bool restore(std::string_view state) override { return window_.restore(state); }

    std::string state() const override { return window_.state(); }

    std::string state_at(utc_time mark, const std::vector<std::string>&) const override
    {
        activity_window delivered(options_);
        delivered.mark_at(mark);
        return delivered.state();
    }

    void begin_cycle(utc_time now) override
    {
        events_.begin_cycle(now);
        if (!window_.is_open())
            window_.open(now);
        asked_window_ = {window_.from(), window_.until()};
    }

    std::optional<qualys::call> next_call() override;
    answer_reader& open_answer() override;
    error_code close_answer() override;
    void drop_answer() override;

    bool has_pages() const override { return true; }

    void ask_for(std::uint32_t records) override { page_size_ = records; }

    devo::event_writer& events() override { return events_; }

    const tally& counts() const override { return counts_; }

    std::string position() const override
    {
        const auto id = window_.id_max();
        return id ? "row " + std::to_string(*id) : "the newest row";
    }

    std::optional<utc_time> watermark() const override { return window_.mark(); }

    time_window window() const override { return asked_window_; }

    std::vector<std::string> take_notices() override { return std::exchange(notices_, {}); }

private:
    void note_unread(const std::vector<decode::unread_row>& rows);

    service_options options_;
    std::uint32_t page_size_;
    activity_window window_;
    time_window asked_window_;
    bool shows_rows_;  ///< nothing of an event is hidden
    devo::event_writer events_;
    tally counts_;
    std::unique_ptr<activity_answer> answer_;
    std::vector<std::string> notices_;
    std::string last_notice_;
};

/// The window is open as long as the cycle has a further call.
std::optional<qualys::call> user_activity::next_call()
{
    if (!window_.is_open())
        return std::nullopt;
    qualys::call call{endpoints::user_activity, options_.filters};
    options_.extra.add_to(call.form);
    call.form["action"] = "list";
    call.form["output_format"] = "csv";
    call.form["truncation_limit"] = std::to_string(page_size_);
    call.form["since_datetime"] = utc_seconds(window_.from() - edge);
    call.form["until_datetime"] = utc_seconds(window_.until());
    if (const auto id = window_.id_max())
        call.form["id_max"] = std::to_string(*id);
    return call;
}

answer_reader& user_activity::open_answer()
{
    answer_ = std::make_unique<activity_answer>(options_.own_user, events_, window_, counts_);
    return *answer_;
}

error_code user_activity::close_answer()
{
    const auto footer = answer_->footer();
    note_unread(answer_->take_unread());
    drop_answer();

    std::optional<std::uint64_t> next;
    if (footer && (footer->code == truncated || !footer->url.empty()))
        next = number_in<std::uint64_t>(qualys::query_parameter(footer->url, "id_max").value_or("")).value_or(0);
    else if (footer && !footer->text.empty() && footer->text != last_notice_)
        notices_.push_back("Qualys says: " + (last_notice_ = footer->text));
    return window_.end_page(next);
}

/// What stands in such a row may be what obfuscation has to hide: then only its place is said.
void user_activity::note_unread(const std::vector<decode::unread_row>& rows)
{
    const auto page =
        window_.id_max() ? "that begins with row " + std::to_string(*window_.id_max()) : "of the newest rows";
    for (const auto& row : rows)
        notices_.push_back(
            "a row of the activity log cannot be read and is left out: line " + std::to_string(row.line) +
            " of the page " + page + ", " + std::to_string(row.bytes) + " bytes" +
            (shows_rows_ ? ", it begins with: " + row.beginning : std::string())
        );
}

void user_activity::drop_answer()
{
    counts_.replaced_characters += answer_->replaced();
    counts_.cut_fields += answer_->cut();
    answer_.reset();
}

}  // namespace

std::unique_ptr<service> make_user_activity(service_options options, devo::event_style style)
{
    return std::make_unique<user_activity>(std::move(options), std::move(style));
}

}  // namespace qdc::services
