#include "services/hosts.hpp"

#include "base/number.hpp"
#include "services/host_answer.hpp"
#include "services/host_document.hpp"
#include "services/host_id_answer.hpp"
#include "services/host_list/endpoint.hpp"
#include "services/host_list_detection/endpoint.hpp"
#include "services/host_quarantine.hpp"
#include "services/host_window.hpp"

#include <algorithm>

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
    const qualys::endpoint& endpoint;
    host_document_kind document;
    qualys::parameters defaults;  ///< sent unless the configuration's filters say otherwise
};

/// The walk through the hosts of a window, by ascending id; then, once in a cycle, each host in quarantine.
class hosts final : public service
{
public:
    hosts(host_service_kind kind, service_options options, devo::event_style style)
        : kind_(std::move(kind)),
          options_(std::move(options)),
          page_size_(options_.page_size),
          window_(options_),
          names_(host_vocabulary()),
          events_(std::move(style))
    {
    }

    std::string_view name() const override { return kind_.name; }

    bool restore(std::string_view state) override { return window_.restore(state, cursor_.next, memory_, quarantine_); }

    std::string state() const override { return window_.state(cursor_.next, memory_, quarantine_); }

    std::string state_at(utc_time mark, const std::vector<std::string>&) const override
    {
        host_window delivered(options_);
        delivered.mark_at(mark);
        return delivered.state(0, {}, {});
    }

    void begin_cycle(utc_time now) override;
    std::optional<qualys::call> next_call() override;
    answer_reader& open_answer() override;
    error_code close_answer() override;
    void drop_answer() override;
    bool skip_call() override;

    bool has_pages() const override { return true; }

    void ask_for(std::uint32_t records) override { page_size_ = records; }

    bool quarantine_next(utc_time now, const std::string& reason) override;
    std::vector<quarantined> in_quarantine() const override;

    bool is_probe() const override { return now_ == asking::probe; }

    devo::event_writer& events() override { return events_; }

    const tally& counts() const override { return counts_; }

    std::string position() const override;

    std::optional<utc_time> watermark() const override { return window_.mark(); }

    time_window window() const override { return asked_window_; }

    std::vector<std::string> take_notices() override { return std::exchange(notices_, {}); }

private:
    /// What the call that next_call() gave last is for.
    enum class asking
    {
        walk,    ///< the next page
        lookup,  ///< the id of a host that cannot be fetched
        probe,   ///< a host in quarantine
    };

    qualys::call base_call() const;
    void add_window(qualys::call& call, std::optional<utc_time> from, std::optional<utc_time> until) const;
    std::optional<qualys::call> walk_call();
    qualys::call lookup_call();
    std::optional<qualys::call> probe_call();
    error_code close_walk();
    error_code close_lookup();
    void end_of_walk();
    bool leave_out(std::uint64_t id);

    host_service_kind kind_;
    service_options options_;
    std::uint32_t page_size_;
    host_window window_;
    time_window asked_window_;
    std::unique_ptr<decode::element_names> names_;
    devo::event_writer events_;
    tally counts_;
    host_cursor cursor_;
    host_memory memory_;
    host_quarantine quarantine_;
    asking now_{asking::walk};
    std::uint64_t asked_{0};               ///< id_min of the page that is under way
    std::optional<std::uint64_t> around_;  ///< the host in quarantine at which that page ends
    bool walked_{false};                   ///< the cycle's walk is done
    bool unknown_host_{false};             ///< a host without a known id is to be left out: look it up first
    host_quarantine::entry suspect_;       ///< that one; its id is filled in when it is known
    std::unique_ptr<host_answer> answer_;
    std::unique_ptr<host_id_answer> ids_;
    std::vector<std::string> notices_;
    std::string last_notice_;
};

void hosts::begin_cycle(utc_time now)
{
    events_.begin_cycle(now);
    walked_ = false;
    unknown_host_ = false;
    quarantine_.begin_cycle();
    if (!window_.is_open())
    {
        window_.open(now, memory_);
        cursor_ = {};
    }
    asked_window_ = {window_.from(), window_.until()};
}

std::optional<qualys::call> hosts::next_call()
{
    if (unknown_host_)
        return lookup_call();
    if (!walked_)
        if (auto call = walk_call())
            return call;
    return probe_call();
}

qualys::call hosts::base_call() const
{
    qualys::call call{kind_.endpoint, kind_.defaults};
    for (const auto& [key, value] : options_.filters)
        call.form[key] = value;
    options_.extra.add_to(call.form);
    call.form["action"] = "list";
    if (kind_.document.detections)
        call.form["output_format"] = "XML";
    return call;
}

void hosts::add_window(qualys::call& call, std::optional<utc_time> from, std::optional<utc_time> until) const
{
    if (from)
        call.form["vm_processed_after"] = utc_seconds(*from);
    if (until)
        call.form["vm_processed_before"] = utc_seconds(*until);
}

/// The next page. A host in quarantine is walked around: the page ends in front of it, and the next one begins behind it.
std::optional<qualys::call> hosts::walk_call()
{
    const auto* left_out = quarantine_.from(std::max<std::uint64_t>(cursor_.next, 1));
    for (; left_out != nullptr && left_out->id <= std::max<std::uint64_t>(cursor_.next, 1);
         left_out = quarantine_.from(cursor_.next))
        cursor_.next = left_out->id + 1;

    auto call = base_call();
    now_ = asking::walk;
    around_.reset();
    if (left_out != nullptr)
    {
        const auto filter = call.form.find("id_max");
        const auto last = filter != call.form.end() ? number_in<std::uint64_t>(filter->second) : std::nullopt;
        if (!last || left_out->id <= *last)
        {
            around_ = left_out->id;
            call.form["id_max"] = std::to_string(*around_ - 1);
        }
    }
    call.form["truncation_limit"] = std::to_string(page_size_);
    add_window(call, window_.from(), window_.until());
    asked_ = cursor_.next;
    if (asked_ != 0)
        call.form["id_min"] = std::to_string(asked_);
    return call;
}

/// One id from the list of ids alone, which is quick where the host itself is not.
qualys::call hosts::lookup_call()
{
    now_ = asking::lookup;
    qualys::call call{endpoints::host_list, {}};
    call.form["action"] = "list";
    call.form["details"] = "None";
    call.form["truncation_limit"] = "1";
    call.form["id_min"] = std::to_string(std::max<std::uint64_t>(cursor_.next, 1));
    add_window(call, window_.from(), window_.until());
    return call;
}

std::optional<qualys::call> hosts::probe_call()
{
    const auto* const host = quarantine_.next();
    if (host == nullptr)
        return std::nullopt;
    now_ = asking::probe;
    auto call = base_call();
    call.form["ids"] = std::to_string(host->id);
    call.form.erase("id_min");
    call.form.erase("id_max");
    call.form["truncation_limit"] = "1";
    add_window(call, host->from, std::nullopt);
    return call;
}

answer_reader& hosts::open_answer()
{
    if (now_ == asking::lookup)
    {
        ids_ = std::make_unique<host_id_answer>();
        return *ids_;
    }
    auto& cursor = now_ == asking::probe ? quarantine_.next()->cursor : cursor_;
    cursor.first = 0;
    answer_ = std::make_unique<host_answer>(kind_.document, *names_, events_, cursor, memory_, counts_);
    return *answer_;
}

error_code hosts::close_answer()
{
    if (now_ == asking::lookup)
        return close_lookup();
    if (now_ == asking::walk)
        return close_walk();
    drop_answer();
    notices_.push_back("host " + std::to_string(quarantine_.next()->id) + " came and has left the quarantine");
    quarantine_.tried(true);
    return {};
}

error_code hosts::close_walk()
{
    const auto warning = answer_->document().last_warning();
    for (const auto& notice : answer_->document().notices())
        if (notice != last_notice_)
            notices_.push_back("Qualys says: " + (last_notice_ = notice));
    drop_answer();
    quarantine_.page_came();

    const auto next = warning ? qualys::query_parameter(warning->url, "id_min") : std::nullopt;
    const bool truncated = next || (warning && warning->code == truncated_code);
    if (!truncated && around_)
    {
        cursor_.next = std::max(cursor_.next, *around_ + 1);
        return {};
    }
    if (!truncated)
    {
        end_of_walk();
        return {};
    }
    // A truncated answer without a usable URL goes on behind its last host: taken for the end it would lose hosts.
    const auto cursor = next ? number_in<std::uint64_t>(*next).value_or(0) : cursor_.next;
    // A page may end with the host that the next one begins with, but not begin with it.
    if (cursor <= std::max(asked_, cursor_.first))
        return errc::cursor_stands_still;
    cursor_.next = std::max(cursor_.next, cursor);
    return {};
}

void hosts::end_of_walk()
{
    walked_ = true;
    window_.close();
    cursor_ = {};
}

/// Without an id nobody can be left out: the cycle ends, and the next one tries the host again.
error_code hosts::close_lookup()
{
    const auto id = ids_->first();
    ids_.reset();
    unknown_host_ = false;
    if (!id || *id < cursor_.next || !leave_out(*id))
        return errc::host_unknown;
    return {};
}

void hosts::drop_answer()
{
    if (answer_)
        counts_.replaced_characters += answer_->replaced();
    answer_.reset();
    ids_.reset();
}

bool hosts::skip_call()
{
    if (now_ != asking::probe)
        return false;
    quarantine_.tried(false);
    return true;
}

bool hosts::quarantine_next(utc_time now, const std::string& reason)
{
    if (now_ != asking::walk)
        return false;
    suspect_ = {0, window_.from(), std::chrono::floor<std::chrono::seconds>(now), reason, {}};
    // The host whose beginning was seen last, unless it came whole.
    if (cursor_.edge != 0 && cursor_.edge >= cursor_.next && cursor_.first != 0)
        return leave_out(cursor_.edge);
    unknown_host_ = true;
    return true;
}

bool hosts::leave_out(std::uint64_t id)
{
    suspect_.id = id;
    suspect_.cursor.edge = id;
    if (cursor_.edge == id)
        suspect_.cursor.edge_events = cursor_.edge_events;
    std::uint64_t first = 0;
    if (!quarantine_.add(suspect_, first))
    {
        cursor_ = {};
        cursor_.next = first;
        return false;
    }
    notices_.push_back(
        "host " + std::to_string(id) + " cannot be fetched (" + suspect_.reason +
        "): it is in quarantine, the others are delivered, and each later cycle tries it once"
    );
    cursor_.next = id + 1;
    return true;
}

std::vector<quarantined> hosts::in_quarantine() const
{
    std::vector<quarantined> all;
    for (const auto& host : quarantine_.all())
        all.push_back({host.id, host.since, host.reason});
    return all;
}

std::string hosts::position() const
{
    return cursor_.next == 0 ? "the first host" : "host " + std::to_string(cursor_.next);
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
    return std::make_unique<hosts>(std::move(kind), std::move(options), std::move(style));
}

std::unique_ptr<service> make_host_list(service_options options, devo::event_style style)
{
    host_service_kind kind{"host_list", endpoints::host_list, {"HOST_LIST_OUTPUT", false}, {}};
    return std::make_unique<hosts>(std::move(kind), std::move(options), std::move(style));
}

}  // namespace qdc::services
