#include "base/number.hpp"
#include "services/host_exchange.hpp"

#include <algorithm>
#include <utility>

namespace qdc::services
{
namespace
{

/// CODE of the WARNING that says that more hosts follow. (User guide, truncated output.)
constexpr int truncated_code = 1980;

/// A page of one host that fails so often in a row is that host's fault.
constexpr std::uint32_t tries_alone = 3;

class host_page final : public host_reading
{
public:
    explicit host_page(host_session& session) : host_reading(session, session.range.progress)
    {
        session_.range.busy = true;
        make_call();
    }

    ~host_page() override { session_.range.busy = false; }

    error_code done() override;
    what_next failed(const call_failure& failure) override;
    what_next leave_out(const call_failure& failure) override;

private:
    void make_call();
    bool leave_out_next(const call_failure& failure);
    void end_range();
    void note_order();

    std::uint64_t asked_{0};               ///< id_min
    std::optional<std::uint64_t> around_;  ///< the host in quarantine at which the page ends
    std::uint64_t failed_at_{0};           ///< the host at which the last attempt stopped
    std::uint32_t failed_alone_{0};        ///< so often in a row, with one host on the page
};

void host_page::make_call()
{
    // Hosts in quarantine that would come first are stepped over.
    const auto* left_out = session_.quarantine.from(std::max<std::uint64_t>(progress_.next, 1));
    for (; left_out != nullptr && left_out->id <= std::max<std::uint64_t>(progress_.next, 1);
         left_out = session_.quarantine.from(progress_.next))
        progress_.move_to(left_out->id + 1);

    call_ = session_.base_call();
    around_.reset();
    if (left_out != nullptr)
    {
        const auto filter = call_.form.find("id_max");
        const auto last = filter != call_.form.end() ? number_in<std::uint64_t>(filter->second) : std::nullopt;
        if (!last || left_out->id <= *last)
        {
            around_ = left_out->id;
            call_.form["id_max"] = std::to_string(*around_ - 1);
        }
    }
    call_.form["truncation_limit"] = std::to_string(session_.size.now());
    add_window(call_, session_.window.from(), session_.window.until());
    asked_ = progress_.cursor.begin = progress_.next;
    if (asked_ != 0)
        call_.form["id_min"] = std::to_string(asked_);
}

error_code host_page::done()
{
    taken();
    const auto warning = document().last_warning();
    for (const auto& notice : document().notices())
        session_.note_notice(notice);
    end_answer();
    note_order();
    session_.quarantine.page_came();

    const auto next = warning ? qualys::query_parameter(warning->url, "id_min") : std::nullopt;
    const bool truncated = next || (warning && warning->code == truncated_code);
    if (truncated)
    {
        // A truncated answer without a usable URL goes on behind its last host: taken for the end it would lose hosts.
        const auto& cursor = progress_.cursor;
        const auto last = cursor.disordered ? cursor.end : progress_.next;
        const auto place = next ? number_in<std::uint64_t>(*next).value_or(0) : last;
        // A page may end with the host that the next one begins with, but not begin with it.
        if (place <= asked_ || (!cursor.disordered && place <= cursor.first))
            return errc::cursor_stands_still;
        progress_.move_to(std::max(progress_.next, place));
    }
    else if (around_)
    {
        progress_.move_to(std::max(progress_.next, *around_ + 1));
    }
    else
    {
        end_range();
    }
    session_.size.grow();
    return {};
}

/// Qualys promises ascending ids; where it does not keep to that, less is lost by reading a page again than by trusting it.
void host_page::note_order()
{
    if (progress_.cursor.disordered && !std::exchange(session_.order_noted, true))
        session_.notices.push_back(
            {trouble_id::ids_disordered,
             "the hosts of an answer do not stand in the order of their ids: after an interruption such a page is read "
             "again as a whole, and hosts of it may come twice"}
        );
}

void host_page::end_range()
{
    session_.range.walked = true;
    session_.window.close();
    progress_ = {};
}

what_next host_page::failed(const call_failure& failure)
{
    end_answer();
    note_order();
    if (progress_.next != std::exchange(failed_at_, progress_.next))
        failed_alone_ = 0;
    if (failure.record && !session_.quarantine.is_outage() && leave_out_next(failure))
        return what_next::left_out;
    // Where less cannot be asked for, the host behind the last complete one seems to be at fault.
    const bool alone = !failure.record && failure.smaller && session_.size.single();
    const bool suspicious = alone && ++failed_alone_ >= tries_alone;
    const auto next = suspicious ? what_next::suspect : session_.size.after(failure);
    make_call();
    return next;
}

what_next host_page::leave_out(const call_failure& failure)
{
    if (!session_.quarantine.is_outage() && leave_out_next(failure))
        return what_next::left_out;
    make_call();
    return failure.lasting ? what_next::give_up : what_next::again;
}

bool host_page::leave_out_next(const call_failure& failure)
{
    host_quarantine::entry host{
        0, session_.window.from(), std::chrono::floor<std::chrono::seconds>(failure.now), failure.reason, {}};
    // The host whose beginning was seen last, unless it came whole.
    const auto& cursor = progress_.cursor;
    if (cursor.edge != 0 && cursor.edge >= progress_.next && cursor.first != 0)
    {
        host.id = cursor.edge;
        return session_.leave_out(std::move(host));
    }
    session_.suspect = std::move(host);
    return true;
}

}  // namespace

std::unique_ptr<exchange> make_host_page(host_session& session)
{
    return std::make_unique<host_page>(session);
}

}  // namespace qdc::services
