#include "services/hosts.hpp"

#include "services/host_document.hpp"
#include "services/host_window.hpp"

#include <utility>

namespace qdc::services
{
namespace
{

/// CODE of the WARNING that says that more hosts follow. (User guide, truncated output.)
constexpr int truncated_code = 1980;

/// What tells the two host services apart.
struct host_service_kind
{
    std::string_view name;
    qualys::endpoint endpoint;
    host_document_kind document;
    qualys::parameters defaults;  ///< sent unless the configuration's filters say otherwise
};

/// One answer: parser and document in one.
class host_answer final : public answer_reader
{
public:
    template <class... Arguments>
    explicit host_answer(Arguments&&... arguments)
        : document_(std::forward<Arguments>(arguments)...),
          parser_(document_)
    {
    }

    result<decode::progress> feed(std::string_view& in) override { return checked(parser_.feed(in)); }

    result<decode::progress> finish() override
    {
        const auto finished = checked(parser_.finish());
        if (!finished || *finished == decode::progress::paused)
            return finished;
        const auto failure = document_.outcome();
        const bool page = document_.root() == "html" || document_.root() == "HTML";
        if (failure && page)
            return error_code(errc::not_a_document);
        if (failure)
            return failure;
        return finished;
    }

    const qualys::refusal& refused() const override { return document_.refused(); }

    std::string fault() const override
    {
        const auto& where = parser_.fault();
        if (where.what.empty())
            return "its root is <" + document_.root() + '>';
        return "line " + std::to_string(where.line) + ", column " + std::to_string(where.column) + ": " + where.what;
    }

    const host_document& document() const { return document_; }

    std::uint64_t replaced() const { return parser_.replaced(); }

private:
    /// Markup that only looks like XML for a while (an HTML page, with entities of its own and tags that are never
    /// closed) is no broken answer but none at all.
    result<decode::progress> checked(result<decode::progress> parsed) const
    {
        if (const auto failure = document_.failure())
            return failure;
        if (!parsed.has_error() || document_.outcome() != errc::unexpected_root)
            return parsed;
        if (parsed.error() == errc::xml_malformed || !document_.root().empty())
            return error_code(errc::not_a_document);
        return parsed;
    }

    host_document document_;
    decode::xml_parser parser_;
};

class hosts final : public service
{
public:
    hosts(host_service_kind kind, service_options options, devo::event_style style)
        : kind_(std::move(kind)),
          options_(std::move(options)),
          window_(options_),
          names_(host_vocabulary()),
          events_(std::move(style))
    {
    }

    std::string_view name() const override { return kind_.name; }

    bool restore(std::string_view state) override { return window_.restore(state, cursor_.next, memory_); }

    std::string state() const override { return window_.state(cursor_.next, memory_); }

    std::string state_at(utc_time mark, const std::vector<std::string>&) const override
    {
        host_window delivered(options_);
        delivered.mark_at(mark);
        return delivered.state(0, {});
    }

    void begin_cycle(utc_time now) override
    {
        events_.begin_cycle(now);
        done_ = false;
        if (!window_.is_open())
        {
            window_.open(now, memory_);
            cursor_ = {};
        }
    }

    std::optional<qualys::call> next_call() override;
    answer_reader& open_answer() override;
    error_code close_answer() override;

    void drop_answer() override { count_and_forget_answer(); }

    devo::event_writer& events() override { return events_; }

    const tally& counts() const override { return counts_; }

    std::string position() const override
    {
        return cursor_.next == 0 ? "the first host" : "host " + std::to_string(cursor_.next);
    }

    std::optional<utc_time> watermark() const override { return window_.mark(); }

    std::vector<std::string> take_notices() override { return std::exchange(notices_, {}); }

private:
    void count_and_forget_answer();

    host_service_kind kind_;
    service_options options_;
    host_window window_;
    std::unique_ptr<decode::element_names> names_;
    devo::event_writer events_;
    tally counts_;
    host_cursor cursor_;
    host_memory memory_;
    std::uint64_t asked_{0};  ///< id_min of the call that is under way
    bool done_{false};        ///< the cycle has no further call
    std::unique_ptr<host_answer> answer_;
    std::vector<std::string> notices_;
    std::string last_notice_;
};

std::optional<qualys::call> hosts::next_call()
{
    if (done_)
        return std::nullopt;
    qualys::call call{kind_.endpoint, options_.version, kind_.defaults};
    for (const auto& [key, value] : options_.filters)
        call.form[key] = value;
    call.form["action"] = "list";
    call.form["truncation_limit"] = std::to_string(options_.page_size);
    if (kind_.document.detections)
        call.form["output_format"] = "XML";
    if (const auto from = window_.from())
        call.form["vm_processed_after"] = utc_seconds(*from);
    if (const auto until = window_.until())
        call.form["vm_processed_before"] = utc_seconds(*until);
    asked_ = cursor_.next;
    if (asked_ != 0)
        call.form["id_min"] = std::to_string(asked_);
    return call;
}

answer_reader& hosts::open_answer()
{
    cursor_.first = 0;
    answer_ = std::make_unique<host_answer>(kind_.document, *names_, events_, cursor_, memory_, counts_);
    return *answer_;
}

error_code hosts::close_answer()
{
    const auto warning = answer_->document().last_warning();
    for (const auto& notice : answer_->document().notices())
        if (notice != last_notice_)
            notices_.push_back(last_notice_ = notice);
    count_and_forget_answer();

    const auto next = warning ? qualys::query_parameter(warning->url, "id_min") : std::nullopt;
    const bool truncated = next || (warning && warning->code == truncated_code);
    if (!truncated)
    {
        done_ = true;
        window_.close();
        cursor_ = {};
        return {};
    }
    // A truncated answer without a usable URL goes on behind its last host: taken for the end it would lose hosts.
    const auto cursor = next ? qualys::parse_number(*next).value_or(0) : cursor_.next;
    // A page may end with the host that the next one begins with, but not begin with it.
    if (cursor <= std::max(asked_, cursor_.first))
        return errc::cursor_stands_still;
    cursor_.next = std::max(cursor_.next, cursor);
    return {};
}

void hosts::count_and_forget_answer()
{
    counts_.replaced_characters += answer_->replaced();
    answer_.reset();
}

}  // namespace

std::unique_ptr<service> make_host_list_detection(service_options options, devo::event_style style)
{
    // Qualys' own defaults, said explicitly: a default that changes there must not change what arrives here.
    host_service_kind kind{
        "host_list_detection",
        qualys::endpoint::host_list_detection,
        {"HOST_LIST_VM_DETECTION_OUTPUT", true},
        {{"status", "New,Active,Re-Opened"}, {"show_results", "1"}, {"show_igs", "0"}}};
    return std::make_unique<hosts>(std::move(kind), std::move(options), std::move(style));
}

std::unique_ptr<service> make_host_list(service_options options, devo::event_style style)
{
    host_service_kind kind{"host_list", qualys::endpoint::host_list, {"HOST_LIST_OUTPUT", false}, {}};
    return std::make_unique<hosts>(std::move(kind), std::move(options), std::move(style));
}

}  // namespace qdc::services
