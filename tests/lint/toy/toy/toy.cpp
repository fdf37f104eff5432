#include "services/common_parameters.hpp"
#include "services/service_kind.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace qdc::services
{
namespace
{

constexpr std::array versions{qualys::api_version{"1.0", {}}};
constexpr qualys::endpoint toy_list{"toy_list", "toy/", "list", versions, {}};
constexpr filter own_parameters[] = {{"colour", value_form::words, "Red|Green"}};
constexpr key loudness{"loudness", value_form::whole, "3", 1, 10};

/// Each line is one event.
class toy_answer final : public answer_reader
{
public:
    explicit toy_answer(devo::event_writer& events, tally& counts) : events_(events), counts_(counts) {}

    result<decode::progress> feed(std::string_view& in) override
    {
        line_ += in;
        in = {};
        for (auto end = line_.find('\n'); end != line_.npos; end = line_.find('\n'))
        {
            events_.add({std::string_view(line_).substr(0, line_.rfind('}', end))});
            line_.erase(0, end + 1);
            ++counts_.received;
        }
        return decode::progress::hungry;
    }

    result<decode::progress> finish() override { return decode::progress::hungry; }

    const qualys::refusal& refused() const override { return refusal_; }

    std::string fault() const override { return {}; }

private:
    devo::event_writer& events_;
    tally& counts_;
    std::string line_;
    qualys::refusal refusal_;
};

struct toy_session
{
    service_options options;
    devo::event_writer blank;
    tally counts;
    bool listed{false};
};

class toy_list_exchange final : public exchange
{
public:
    explicit toy_list_exchange(toy_session& session) : session_(session), events_(session.blank)
    {
        call_.form["action"] = "list";
        call_.form["loudness"] = std::to_string(whole_key(session.options, loudness.name).value_or(0));
    }

    const qualys::call& call() const override { return call_; }

    answer_reader& reader() override
    {
        answer_ = std::make_unique<toy_answer>(events_, session_.counts);
        return *answer_;
    }

    devo::event_writer& events() override { return events_; }

    void taken() override {}

    error_code done() override
    {
        session_.listed = true;
        return {};
    }

    what_next failed(const call_failure&) override { return what_next::again; }

    std::uint64_t progress() const override { return 0; }

private:
    toy_session& session_;
    qualys::call call_{toy_list, session_.options.filters};
    devo::event_writer events_;
    std::unique_ptr<toy_answer> answer_;
};

class toy final : public service
{
public:
    toy(service_options options, devo::event_style style)
        : session_{std::move(options), devo::event_writer(std::move(style)), {}, false}
    {
    }

    std::string_view name() const override { return "toy"; }

    bool restore(std::string_view) override { return true; }

    std::string state() const override { return "{}"; }

    std::string state_at(utc_time, const std::vector<std::string>&) const override { return "{}"; }

    void begin_cycle(utc_time now, std::optional<utc_time>) override
    {
        session_.blank.begin_cycle(now);
        session_.listed = false;
    }

    std::unique_ptr<exchange> next() override
    {
        return session_.listed ? nullptr : std::make_unique<toy_list_exchange>(session_);
    }

    bool is_complete() const override { return session_.listed; }

    time_window window() const override { return {}; }

    const tally& counts() const override { return session_.counts; }

    std::string position() const override { return "the list"; }

    std::optional<utc_time> watermark() const override { return std::nullopt; }

    std::vector<notice> take_notices() override { return {}; }

private:
    toy_session session_;
};

qualys::call probe(utc_time)
{
    return {toy_list, {{"action", "list"}}};
}

std::unique_ptr<service> make(service_options options, devo::event_style style)
{
    return std::make_unique<toy>(std::move(options), std::move(style));
}

}  // namespace

extern const service_kind toy_kind{
    .name = "toy",
    .puller = "QualysToyPuller",
    .table = "my.app.qualys.toys",
    .endpoints = {toy_list},
    .filters = {list_parameters(), own_parameters},
    .keys = {loudness},
    .then = "nothing",
    .probe = probe,
    .make = make};

}  // namespace qdc::services
