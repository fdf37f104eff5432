#include "services/scans.hpp"

#include "services/scan_answer.hpp"
#include "services/scan_list.hpp"
#include "services/scan_plan.hpp"
#include "services/vm_scans/endpoints.hpp"

#include <utility>

namespace qdc::services
{
namespace
{

// Whether Qualys counts the edges of a window in is not documented, so a second more is asked for and left out again.
constexpr std::chrono::seconds edge{1};

class scans final : public service
{
public:
    scans(service_options options, devo::event_style style)
        : options_(std::move(options)),
          plan_(options_),
          events_(std::move(style))
    {
    }

    std::string_view name() const override { return "vm_scans"; }

    bool restore(std::string_view state) override { return plan_.restore(state); }

    std::string state() const override { return plan_.state(); }

    std::string state_at(utc_time mark, const std::vector<std::string>& ids) const override
    {
        scan_plan delivered(options_);
        delivered.mark_at(mark, ids);
        return delivered.state();
    }

    void begin_cycle(utc_time now) override
    {
        events_.begin_cycle(now);
        plan_.begin(now);
        listed_ = false;
    }

    std::optional<qualys::call> next_call() override;
    answer_reader& open_answer() override;
    error_code close_answer() override;
    void drop_answer() override;
    bool skip_call() override;

    devo::event_writer& events() override { return events_; }

    const tally& counts() const override { return counts_; }

    std::string position() const override;

    std::optional<utc_time> watermark() const override { return plan_.complete(); }

    time_window window() const override { return {plan_.list_from(), plan_.list_until()}; }

    std::vector<std::string> take_notices() override { return std::exchange(notices_, {}); }

    std::vector<std::string> take_messages() override { return std::exchange(messages_, {}); }

private:
    qualys::call list_call() const;
    qualys::call fetch_call(const std::string& reference) const;
    void close_fetch();

    service_options options_;
    scan_plan plan_;
    devo::event_writer events_;
    tally counts_;
    bool listed_{false};  ///< this cycle has its list
    std::unique_ptr<scan_list_answer> list_;
    std::unique_ptr<scan_answer> results_;
    std::vector<std::string> notices_;
    std::vector<std::string> messages_;
};

std::optional<qualys::call> scans::next_call()
{
    if (!listed_)
        return list_call();
    const auto* const reference = plan_.next();
    if (reference == nullptr)
        return std::nullopt;
    return fetch_call(*reference);
}

qualys::call scans::list_call() const
{
    qualys::call call{endpoints::scan_list, options_.filters};
    options_.extra.add_to(call.form);
    call.form["action"] = "list";
    call.form["show_status"] = "1";
    call.form["launched_after_datetime"] = utc_seconds(plan_.list_from() - edge);
    if (const auto until = plan_.list_until())
        call.form["launched_before_datetime"] = utc_seconds(*until + edge);
    return call;
}

qualys::call scans::fetch_call(const std::string& reference) const
{
    qualys::call call{
        endpoints::scan_fetch,
        {{"action", "fetch"}, {"scan_ref", reference}, {"mode", "extended"}, {"output_format", "json_extended"}}};
    // A consultant's subscription has the scans of many clients: the fetch has to name the one that the list named.
    for (const auto* const key : {"client_id", "client_name"})
        if (const auto client = options_.filters.find(key); client != options_.filters.end())
            call.form[client->first] = client->second;
    return call;
}

answer_reader& scans::open_answer()
{
    if (!listed_)
    {
        list_ = std::make_unique<scan_list_answer>();
        return *list_;
    }
    results_ = std::make_unique<scan_answer>(*plan_.next(), events_, plan_.handed_out(), counts_);
    return *results_;
}

error_code scans::close_answer()
{
    if (results_)
    {
        close_fetch();
        return {};
    }
    plan_.take_list(list_->scans());
    list_.reset();
    listed_ = true;
    return {};
}

void scans::close_fetch()
{
    const auto& reference = *plan_.next();
    counts_.unknown_elements += results_->unknown();
    if (results_->diverged())
    {
        notices_.push_back(
            "the results of " + reference +
            " are not the same as before the interruption: all of them are fetched again"
        );
        plan_.handed_out() = {};
    }
    else
    {
        messages_.push_back(
            "Fetched scan with reference " + reference + " (no. " + std::to_string(plan_.number()) + " out of " +
            std::to_string(plan_.total()) + ')'
        );
        plan_.finish_next();
    }
    drop_answer();
}

void scans::drop_answer()
{
    if (results_)
    {
        counts_.replaced_characters += results_->replaced();
        counts_.cut_fields += results_->cut();
    }
    results_.reset();
    list_.reset();
}

bool scans::skip_call()
{
    if (!listed_ || plan_.next() == nullptr)
        return false;
    notices_.push_back("the results of " + *plan_.next() + " cannot be had now; the next cycle asks for them again");
    plan_.skip_next();
    return true;
}

std::string scans::position() const
{
    const auto* const reference = listed_ ? plan_.next() : nullptr;
    return reference != nullptr ? *reference : "the list of scans";
}

}  // namespace

std::unique_ptr<service> make_vm_scans(service_options options, devo::event_style style)
{
    return std::make_unique<scans>(std::move(options), std::move(style));
}

}  // namespace qdc::services
