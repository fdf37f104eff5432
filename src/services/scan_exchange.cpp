#include "services/scan_exchange.hpp"

#include "services/scan_answer.hpp"
#include "services/scan_list.hpp"
#include "services/session_exchange.hpp"
#include "services/vm_scans/endpoints.hpp"

#include <algorithm>

namespace qdc::services
{
namespace
{

// Whether Qualys counts the edges of a window in is not documented, so a second more is asked for and left out again.
constexpr std::chrono::seconds edge{1};

/// A fetch that fails so often in a row is that scan's fault.
constexpr std::uint32_t tries_of_a_scan = 3;

/// What the address of a list's next part asks for. Its host may be an internal one: only the query counts.
void add_query(qualys::call& call, std::string_view url)
{
    // "https://internal/api?id_min=5&x=1" gives id_min=5 and x=1, which replace parameters of the same names.
    auto query = url.find('?') != url.npos ? url.substr(url.find('?') + 1) : std::string_view();
    while (!query.empty())
    {
        const auto part = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(part.size() + 1, query.size()));
        const auto name = part.substr(0, part.find('='));
        if (auto value = qualys::query_parameter(url, name))
            call.form[std::string(name)] = *std::move(value);
    }
}

qualys::call list_call(const scan_session& session)
{
    qualys::call call{endpoints::scan_list, session.options.filters};
    session.options.extra.add_to(call.form);
    call.form["action"] = "list";
    call.form["show_status"] = "1";
    // The plan leaves out again what the extra second brings.
    call.form["launched_after_datetime"] = utc_seconds(session.plan.list_from() - edge);
    if (const auto until = session.plan.list_until())
        call.form["launched_before_datetime"] = utc_seconds(*until + edge);
    // The later parts of a list go on where the address of the part before says.
    add_query(call, session.rest_of_list);
    return call;
}

qualys::call fetch_call(const scan_session& session, const std::string& reference)
{
    qualys::call call{
        endpoints::scan_fetch,
        {{"action", "fetch"}, {"scan_ref", reference}, {"mode", "extended"}, {"output_format", "json_extended"}}};
    // A consultant's subscription has the scans of many clients: the fetch has to name the one that the list named.
    for (const auto* const key : {"client_id", "client_name"})
        if (const auto client = session.options.filters.find(key); client != session.options.filters.end())
            call.form[client->first] = client->second;
    return call;
}

using scan_call = session_exchange<scan_session>;

/// Gathers the list part by part; with the last part the plan decides what is fetched.
class scan_listing final : public scan_call
{
public:
    explicit scan_listing(scan_session& session) : scan_call(session, list_call(session)) {}

    answer_reader& reader() override
    {
        if (!answer_)
            answer_ = std::make_unique<scan_list_answer>();
        return *answer_;
    }

    void taken() override {}

    void dated(utc_time source_now) override { session_.plan.vouch(source_now); }

    error_code done() override
    {
        for (auto& notice : answer_->notices())
            note(std::move(notice));
        session_.list.insert(session_.list.end(), answer_->scans().begin(), answer_->scans().end());
        // All of it is read out before the answer goes.
        auto rest = answer_->next_url();
        const auto extent = answer_->is_cut() ? list_extent::part : list_extent::whole;
        answer_.reset();
        // The same address once more would be a circle.
        if (!rest.empty() && rest == session_.rest_of_list)
            return errc::cursor_stands_still;
        session_.rest_of_list = std::move(rest);
        // The service's next exchange asks for the part behind this one.
        if (!session_.rest_of_list.empty())
            return {};
        if (extent == list_extent::part)
            session_.notices.push_back(
                {trouble_id::malformed,
                 "the list of scans is cut, and Qualys gives no address for the rest: the scans that it names are "
                 "fetched, and the next cycle asks for the same launches again"}
            );
        // The list is complete, or as complete as it gets: from now on scans are fetched.
        session_.plan.take_list(std::exchange(session_.list, {}), extent);
        session_.listed = true;
        return {};
    }

    what_next failed(const call_failure& failure) override
    {
        answer_.reset();
        call_ = list_call(session_);
        return failure.lasting ? what_next::give_up : what_next::again;
    }

    extra_parameters* extra() override { return &session_.options.extra; }

    std::uint64_t progress() const override { return 0; }

private:
    void note(std::string text)
    {
        constexpr std::size_t most = 20;
        auto& noted = session_.noted;
        if (noted.size() == most || std::ranges::find(noted, text) != noted.end())
            return;
        noted.push_back(text);
        session_.notices.push_back({trouble_id::notice, "the list of scans: " + std::move(text)});
    }

    std::unique_ptr<scan_list_answer> answer_;
};

/// Fetches one scan. What was handed out of it is left out when it is fetched again, see scan_answer.
class scan_fetch final : public scan_call
{
public:
    scan_fetch(scan_session& session, std::size_t fetch)
        : scan_call(session, fetch_call(session, session.plan.reference(fetch))),
          fetch_(fetch),
          handed_out_(session.plan.handed_out(fetch))
    {
        session_.plan.begin_fetch(fetch_);
    }

    ~scan_fetch() override
    {
        if (!over_)
            session_.plan.put_back(fetch_);
    }

    answer_reader& reader() override
    {
        if (!answer_)
        {
            // What an attempt before this one read and did not get into the outbox does not count.
            handed_out_ = session_.plan.handed_out(fetch_);
            answer_ =
                std::make_unique<scan_answer>(reference(), events_, handed_out_, session_.counts, session_.plan.seed());
        }
        return *answer_;
    }

    void taken() override { session_.plan.set_handed_out(fetch_, handed_out_); }

    error_code done() override;
    what_next failed(const call_failure& failure) override;
    what_next leave_out(const call_failure& failure) override;

    bool is_of_one_record() const override { return true; }

    std::uint64_t progress() const override { return over_ ? 0 : session_.plan.handed_out(fetch_).rows; }

private:
    const std::string& reference() const { return session_.plan.reference(fetch_); }

    void end_answer();

    std::size_t fetch_;
    handed_rows handed_out_;  ///< as far as was read
    std::unique_ptr<scan_answer> answer_;
    std::uint64_t failed_at_{0};  ///< row at which the last attempt stopped
    std::uint32_t tries_{0};      ///< in a row, without a further row
    bool over_{false};
};

error_code scan_fetch::done()
{
    taken();
    session_.counts.unknown_elements += answer_->unknown();
    // Qualys has changed the scan since it was interrupted. Some rows come twice then, but none is lost.
    if (answer_->diverged())
    {
        session_.notices.push_back(
            {trouble_id::scan_changed,
             "the results of " + reference() +
                 " are not the same as before the interruption: all of them are fetched again"}
        );
        session_.plan.set_handed_out(fetch_, {});
    }
    else
    {
        session_.messages.push_back(
            "Fetched scan with reference " + reference() + " (no. " + std::to_string(fetch_ + 1) + " out of " +
            std::to_string(session_.plan.total()) + ')'
        );
        // Delivered to its end: the plan never asks for it again.
        over_ = true;
        if (session_.plan.finish(fetch_))
            session_.notices.push_back({std::nullopt, "scan " + reference() + " came and has left the quarantine"});
    }
    end_answer();
    return {};
}

what_next scan_fetch::failed(const call_failure& failure)
{
    taken();
    end_answer();
    // The attempt got further than the one before it, so the count of failures begins again.
    if (handed_out_.rows != std::exchange(failed_at_, handed_out_.rows))
        tries_ = 0;
    // A fault of the network, a limit or maintenance says nothing about the scan.
    if (failure.elsewhere)
        return what_next::again;
    // One failure is enough for a scan in quarantine, until the next cycle.
    if (session_.plan.is_probe(fetch_))
    {
        over_ = session_.plan.leave_out(fetch_, failure.now, failure.reason);
        return what_next::stays_out;
    }
    return failure.record || ++tries_ >= tries_of_a_scan ? what_next::suspect : what_next::again;
}

what_next scan_fetch::leave_out(const call_failure& failure)
{
    over_ = session_.plan.leave_out(fetch_, std::chrono::floor<std::chrono::seconds>(failure.now), failure.reason);
    // Too many scans in a row fail, so this one is not to blame.
    if (!over_)
        return failure.lasting ? what_next::give_up : what_next::again;
    session_.notices.push_back(
        {trouble_id::quarantine,
         "scan " + reference() + " cannot be fetched (" + failure.reason +
             "): it is in quarantine, the others are delivered, and each later cycle tries it once"}
    );
    return what_next::left_out;
}

void scan_fetch::end_answer()
{
    if (!answer_)
        return;
    session_.counts.replaced_characters += answer_->replaced();
    session_.counts.cut_fields += answer_->cut();
    answer_.reset();
}

}  // namespace

std::unique_ptr<exchange> make_scan_listing(scan_session& session)
{
    return std::make_unique<scan_listing>(session);
}

std::unique_ptr<exchange> make_scan_fetch(scan_session& session, std::size_t fetch)
{
    return std::make_unique<scan_fetch>(session, fetch);
}

}  // namespace qdc::services
