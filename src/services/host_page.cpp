// How pages are asked for. A range goes on at 412 and ends at 2000, host 900 is in quarantine, a page has 1,000 hosts:
//
//   id_min=412  id_max=899   truncation_limit=1000    ends in front of the host in quarantine
//   id_min=901  id_max=2000  truncation_limit=1000    begins behind it
//
// What follows on a page that does not come, step by step:
//
//   the last host of the range was read     the range is over
//   one record cannot be read               that host goes into quarantine; its id is looked up if it is not known
//   asking for less may help                half of the page, down to one host
//   one host alone fails three times        a suspect: leave_out() follows when another call works meanwhile
//   anything else                           again, from the first host that is not in the outbox completely

#include "base/number.hpp"
#include "services/host_exchange.hpp"

#include <algorithm>
#include <utility>

namespace qdc::services
{
namespace
{

/// A page of one host that fails so often in a row is that host's fault.
constexpr std::uint32_t tries_alone = 3;

class host_page final : public host_reading
{
public:
    host_page(host_session& session, host_range& range) : host_reading(session, range.progress), range_(range)
    {
        range_.busy = true;
        make_call();
    }

    ~host_page() override { range_.busy = false; }

    error_code done() override;
    what_next failed(const call_failure& failure) override;
    what_next leave_out(const call_failure& failure) override;

    std::string position() const override
    {
        return progress_.next == 0 ? "the first host" : "host " + std::to_string(progress_.next);
    }

private:
    void make_call();
    bool leave_out_next(const call_failure& failure);
    void note_order();
    error_code move_on(const std::optional<std::string>& address, bool truncated);

    host_range& range_;
    std::uint64_t asked_{0};               ///< id_min
    std::optional<std::uint64_t> around_;  ///< the host in quarantine at which the page ends
    std::uint64_t failed_at_{0};           ///< the host at which the last attempt stopped
    std::uint32_t failed_alone_{0};        ///< so often in a row, with one host on the page
};

void host_page::make_call()
{
    // Hosts in quarantine at the front are passed by: asking for them would fail again.
    const auto* const left_out = session_.step_over(range_);

    // The page ends with its range, or in front of the next host in quarantine.
    call_ = session_.base_call();
    around_.reset();
    auto highest = session_.highest_id(progress_.cursor.last);
    if (left_out != nullptr && left_out->id <= highest.value_or(no_last_host))
    {
        around_ = left_out->id;
        highest = *around_ - 1;
    }
    if (highest)
        call_.form["id_max"] = std::to_string(*highest);
    // 0 asks for all hosts at once.
    call_.form["truncation_limit"] = std::to_string(range_.in_one_page ? 0 : range_.size.now());
    add_window(call_, session_.window.from(), session_.window.until());
    // What is read is compared with where the page began: a page has to go forward.
    asked_ = progress_.cursor.begin = progress_.next;
    progress_.cursor.single = range_.size.single();
    if (asked_ != 0)
        call_.form["id_min"] = std::to_string(asked_);
}

error_code host_page::done()
{
    taken();
    // All that the document says is read before end_answer() ends it.
    const auto warning = document().last_warning();
    for (const auto& notice : document().notices())
        session_.note_notice(notice);
    end_answer();
    note_order();
    // A page with hosts shows that the endpoint works: hosts that fail later begin a new row.
    if (progress_.cursor.first != 0)
        session_.quarantine.page_came();

    // The WARNING says that more hosts follow, by its address or by its code alone.
    const auto address = warning ? qualys::query_parameter(warning->url, "id_min") : std::nullopt;
    const bool truncated = address || (warning && warning->is_of_cut_answer());
    range_.cut = range_.cut || truncated;
    if (const auto failure = move_on(address, truncated))
        return failure;
    // What worked lets the next page be larger again; a new window begins with that size, too.
    range_.size.grow();
    session_.size = range_.size;
    return {};
}

/// A page is complete: the next one begins where Qualys says, or there is none.
error_code host_page::move_on(const std::optional<std::string>& address, bool truncated)
{
    const auto& cursor = progress_.cursor;
    // Answers in front of this one were cut, and not in order: what they did not bring may stand anywhere.
    if (cursor.disordered && cursor.base < asked_)
    {
        progress_.begin_page(cursor.base);
        return {};
    }
    // Without a usable address the next page begins behind the last host: taken for the end, the answer would lose hosts.
    // Where there is no order, nothing is known of what lies behind a host.
    // So all of the range is asked for once more, as one page.
    if (truncated && !address && cursor.disordered && !std::exchange(range_.in_one_page, true))
        return {};
    // The next page begins where the address says, else behind the highest id that came.
    if (truncated)
    {
        const auto place = address             ? number_in<std::uint64_t>(*address).value_or(0)
                           : cursor.disordered ? 0
                                               : cursor.end;
        // A page may end with the host that the next one begins with, but not begin with it.
        if (place <= asked_ || (!cursor.disordered && place <= cursor.first))
            return errc::cursor_stands_still;
        progress_.begin_page(std::max(progress_.next, place));
    }
    // The page ended in front of a host in quarantine, and the range goes on behind that.
    else if (around_)
    {
        progress_.begin_page(std::max(progress_.next, *around_ + 1));
    }
    // Nothing follows: this was the last page of the range.
    if (range_.is_past_end() || !(truncated || around_))
        session_.end_range(range_);
    return {};
}

/// Qualys promises ascending ids; where it does not keep to that, less is lost by reading a page again than by trusting
/// it.
void host_page::note_order()
{
    if (progress_.cursor.disordered && !std::exchange(session_.order_noted, true))
        session_.notices.push_back(
            {trouble_id::ids_disordered,
             "the hosts of an answer do not stand in the order of their ids: where such a page was interrupted, all of "
             "it "
             "is asked for again, and hosts of it may come twice"}
        );
}

what_next host_page::failed(const call_failure& failure)
{
    // What came complete stays delivered, whatever is asked next.
    end_answer();
    note_order();
    // The attempt got further than the one before it, so another host is the first one now.
    if (progress_.next != std::exchange(failed_at_, progress_.next))
        failed_alone_ = 0;
    // All of the range came, and only the end of the answer is missing.
    session_.step_over(range_);
    if (range_.is_past_end())
    {
        session_.end_range(range_);
        return what_next::over;
    }
    // Asking for less does not help against a record that cannot be read. In an outage no record is to blame.
    if (failure.record && !session_.quarantine.is_outage() && leave_out_next(failure))
        return what_next::left_out;
    // Where less cannot be asked for, the host behind the last complete one seems to be at fault.
    const bool alone = !failure.record && failure.smaller && range_.size.single();
    const bool suspicious = alone && ++failed_alone_ >= tries_alone;
    const auto next = suspicious ? what_next::suspect : range_.size.after(failure);
    session_.size = range_.size;
    // The next attempt begins behind what was taken, perhaps with fewer hosts.
    make_call();
    return next;
}

what_next host_page::leave_out(const call_failure& failure)
{
    // Another call worked meanwhile, so the endpoint is well and this one host is at fault.
    if (!session_.quarantine.is_outage() && leave_out_next(failure))
        return what_next::left_out;
    make_call();
    return failure.lasting ? what_next::give_up : what_next::again;
}

bool host_page::leave_out_next(const call_failure& failure)
{
    // The window's start is kept with it: later tries of the host ask from there.
    host_quarantine::entry host{
        0, session_.window.from(), std::chrono::floor<std::chrono::seconds>(failure.now), failure.reason, {}};
    // The host whose beginning was seen last, unless it came complete.
    const auto& cursor = progress_.cursor;
    if (cursor.edge_open && cursor.edge >= progress_.next && cursor.first != 0)
    {
        host.id = cursor.edge;
        return session_.leave_out(range_, std::move(host));
    }
    // Nothing of the host came, not even its ID: the service looks that up next.
    range_.suspect = std::move(host);
    return true;
}

}  // namespace

std::unique_ptr<exchange> make_host_page(host_session& session, host_range& range)
{
    return std::make_unique<host_page>(session, range);
}

}  // namespace qdc::services
