#include "services/scans.hpp"

#include "services/scan_exchange.hpp"
#include "services/scan_plan.hpp"

#include <algorithm>
#include <utility>

namespace qdc::services
{
namespace
{

class scans final : public service
{
public:
    scans(service_options options, devo::event_style style) : session_(std::move(options), std::move(style)) {}

    std::string_view name() const override { return "vm_scans"; }

    bool restore(std::string_view state) override { return session_.plan.restore(state); }

    std::string state() const override { return session_.plan.state(); }

    std::string state_at(utc_time mark, const std::vector<std::string>& ids) const override
    {
        scan_plan delivered(session_.options);
        delivered.mark_at(mark, ids);
        return delivered.state();
    }

    void begin_cycle(utc_time now, std::optional<utc_time> source_now) override
    {
        session_.blank.begin_cycle(now);
        session_.plan.begin(std::min(now, source_now.value_or(now)));
        // Each cycle lists the window again; parts of an earlier list do not count.
        session_.listed = false;
        session_.list.clear();
        session_.rest_of_list.clear();
    }

    std::unique_ptr<exchange> next() override;

    bool is_complete() const override { return session_.listed && session_.under_way == 0 && !session_.plan.next(); }

    std::vector<quarantined> in_quarantine() const override
    {
        std::vector<quarantined> all;
        for (const auto& [reference, one] : session_.plan.quarantine().all())
            all.push_back({"scan", reference, one.since, one.reason});
        return all;
    }

    const tally& counts() const override { return session_.counts; }

    std::string position() const override
    {
        const auto fetch = session_.listed ? session_.plan.first_open() : std::nullopt;
        return fetch ? session_.plan.reference(*fetch) : "the list of scans";
    }

    std::optional<utc_time> watermark() const override { return session_.plan.complete(); }

    time_window window() const override { return {session_.plan.list_from(), session_.plan.list_until()}; }

    std::vector<notice> take_notices() override { return std::exchange(session_.notices, {}); }

    std::vector<std::string> take_messages() override { return std::exchange(session_.messages, {}); }

private:
    scan_session session_;
};

/// Each fetch may go out beside the others, but the list has to be there first.
std::unique_ptr<exchange> scans::next()
{
    if (!session_.listed)
        return session_.under_way == 0 ? make_scan_listing(session_) : nullptr;
    const auto fetch = session_.plan.next();
    return fetch ? make_scan_fetch(session_, *fetch) : nullptr;
}

}  // namespace

std::unique_ptr<service> make_vm_scans(service_options options, devo::event_style style)
{
    return std::make_unique<scans>(std::move(options), std::move(style));
}

}  // namespace qdc::services
